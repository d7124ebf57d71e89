// ELU: values and slopes by hand.
#include <cmath>

#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kE = std::exp(1.0f);

TEST(elu_by_hand) {
  check_formula(
      {"type: 'ELU' elu_param { alpha: 2 }", {-1, 0, 3}, {2 / kE - 2, 0, 3}, {2 / kE, 2, 1}});
}

// In place the sign of the top is not the bottom's.
TEST(elu_of_a_negative_alpha) {
  check_formula({"type: 'ELU' elu_param { alpha: -2 }", {-1, 3}, {2 - 2 / kE, 3}, {-2 / kE, 1}});
}

const GradientCases gradients{
    {"type: 'ELU' elu_param { alpha: 0.5 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
