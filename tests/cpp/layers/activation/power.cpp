// Power: values and slopes by hand.
#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(power_by_hand) {
  check_formula(
      {"type: 'Power' power_param { power: 2 scale: 3 shift: 1 }", {0, 1}, {1, 16}, {6, 24}});
  check_formula({"type: 'Power' power_param { power: 3 }", {0, -2}, {0, -8}, {0, 12}});
}

TEST(power_that_is_a_constant) {
  check_formula({"type: 'Power' power_param { power: 0 }", {0, 5}, {1, 1}, {0, 0}});
  check_formula(
      {"type: 'Power' power_param { scale: 0 shift: 3 power: 2 }", {0, 5}, {9, 9}, {0, 0}});
}

const GradientCases gradients{
    {"type: 'Power' power_param { power: 2.5 scale: 0.5 shift: 3 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
