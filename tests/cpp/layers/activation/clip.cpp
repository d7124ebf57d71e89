// Clip: values and slopes by hand.
#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(clip_by_hand) {
  check_formula({"type: 'Clip' clip_param { min: -1 max: 1 }",
                 {-2, -1, 0, 1, 2},
                 {-1, -1, 0, 1, 1},
                 {0, 1, 1, 1, 0}});
}

TEST(clip_of_bounds_that_leave_nothing) {
  check_formula({"type: 'Clip' clip_param { min: 1 max: -1 }", {-2, 0, 2}, {1, 1, 1}, {0, 0, 0}});
  check_formula({"type: 'Clip'", {-2, 0, 2}, {0, 0, 0}, {0, 1, 0}});
}

const GradientCases gradients{
    {"type: 'Clip' clip_param { min: -0.05 max: 0.05 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
