// Exp: values and slopes by hand.
#include <cmath>
#include <limits>

#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(exp_by_hand) {
  const float e = std::exp(1.0f);
  check_formula({"type: 'Exp'", {0, 1}, {1, e}, {1, e}});
  check_formula({"type: 'Exp' exp_param { base: 2 scale: 3 shift: 1 }",
                 {0, 1},
                 {2, 16},
                 {2 * 2.0794415f, 16 * 2.0794415f}});
}

TEST(exp_of_values_far_out) {
  const float infinity = std::numeric_limits<float>::infinity();
  check_formula({"type: 'Exp'", {-1000, 1000}, {0, infinity}, {0, infinity}});
}

const GradientCases gradients{
    {"type: 'Exp' exp_param { base: 2 scale: 0.5 shift: 1 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
