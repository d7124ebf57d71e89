// BNLL: values and slopes by hand.
#include <cmath>

#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(bnll_by_hand) {
  check_formula({"type: 'BNLL'", {-100, 0, 100}, {0, std::log(2.0f), 100}, {0, 0.5f, 1}});
}

const GradientCases gradients{
    {"type: 'BNLL'", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
