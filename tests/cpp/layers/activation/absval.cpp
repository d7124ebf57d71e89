// AbsVal: values and slopes by hand.
#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(absval_by_hand) {
  check_formula({"type: 'AbsVal'", {-2, 0, 3}, {2, 0, 3}, {-1, 0, 1}}, false);
}

const GradientCases gradients{
    {"type: 'AbsVal'", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
