// TanH: values and slopes by hand.
#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(tanh_by_hand) {
  check_formula({"type: 'TanH'", {0, 1000, -1000}, {0, 1, -1}, {1, 0, 0}});
}

const GradientCases gradients{
    {"type: 'TanH'", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
