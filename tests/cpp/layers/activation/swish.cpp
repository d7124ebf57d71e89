// Swish: values and slopes by hand.
#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(swish_by_hand) {
  check_formula(
      {"type: 'Swish' swish_param { beta: 2 }", {0, -1000, 1000}, {0, 0, 1000}, {0.5f, 0, 1}});
}

const GradientCases gradients{
    {"type: 'Swish' swish_param { beta: 1.5 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
