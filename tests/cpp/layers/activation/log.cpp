// Log: values and slopes by hand.
#include <cmath>
#include <limits>

#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(log_by_hand) {
  const float e = std::exp(1.0f);
  check_formula({"type: 'Log'", {1, e}, {0, 1}, {1, 1 / e}});
  check_formula({"type: 'Log' log_param { base: 2 scale: 2 shift: 4 }",
                 {2, 6},
                 {3, 4},
                 {0.36067376f, 0.18033688f}});
}

TEST(log_of_what_has_none) {
  LayerRun run("type: 'Log'", {{{2}, {0, -1}}});
  run.forward();
  CHECK(run.out()[0] == -std::numeric_limits<float>::infinity() && std::isnan(run.out()[1]));
}

const GradientCases gradients{
    {"type: 'Log' log_param { base: 3 scale: 2 shift: 9 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
