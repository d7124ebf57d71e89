// What a layer in place overwrites is kept for its gradient, and for nothing else.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// The mean may be far greater than what is left without it.
constexpr const char* kScaled =
    "type: 'BatchNorm' batch_norm_param { eps: 0 moving_average_fraction: 0.5 scale_bias: true }";

TEST(normalisation_in_place) {
  for (const Phase phase : {TRAIN, TEST}) {
    check_in_place("type: 'BatchNorm'", {{{3, 2, 4}, {}}}, phase);
    check_in_place(kScaled, {{{3, 2, 4}, {}}}, phase);
    check_in_place("type: 'MVN'", {{{2, 2, 3, 3}, {}}}, phase);
    check_in_place("type: 'LRN' lrn_param { alpha: 2 }", {{{2, 6, 2, 3}, {}}}, phase);
    check_in_place("type: 'LRN' lrn_param { norm_region: WITHIN_CHANNEL alpha: 2 }",
                   {{{2, 2, 4, 3}, {}}}, phase);
  }
}

// What is overwritten is kept for the gradient only.
TEST(in_place_without_a_gradient_nothing_is_kept) {
  LayerRun run("type: 'PReLU'", {{{1, 2}, {-1, 1}}}, {TEST, 1, true});
  run.layer().set_runs_backward(false);
  run.forward();
  CHECK_CLOSE(run.out(), {-0.25f, 1});
}

}  // namespace
}  // namespace caffe::test
