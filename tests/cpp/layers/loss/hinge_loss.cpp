// HingeLoss: both norms by hand.
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/loss/loss_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(hinge_loss_by_hand) {
  const std::vector<Input> inputs = {{{2, 3}, {0.5f, -2, 3, -1, 1, 0}}, {{2}, {0, 1}}};
  on_every_backend([&](Kernels& kernels) {
    LayerRun run = ran("HingeLoss'", inputs, &kernels);
    CHECK_CLOSE(run.out(), {(0.5f + 0 + 4 + 0 + 0 + 1) / 2});
    CHECK_CLOSE(run.bottom_diff(), {-0.5f, 0, 0.5f, 0, 0, 0.5f});
    LayerRun squared = ran("HingeLoss' hinge_loss_param { norm: L2 }", inputs, &kernels);
    CHECK_CLOSE(squared.out(), {(0.25f + 16 + 1) / 2});
    CHECK_CLOSE(squared.bottom_diff(), {-0.5f, 0, 4, 0, 0, 1});
  });
}

TEST(hinge_loss_keeps_the_bottoms_diff_in_the_forward) {
  LayerRun run("type: 'HingeLoss'", {{{1, 2}, {1, 2}}, {{1}, {0}}});
  set_values(run.bottom(0).diff(), {7, 8});
  run.forward();
  CHECK_CLOSE(run.bottom_diff(), {7, 8});
}

const GradientCases gradients{
    {"type: 'HingeLoss'", {{4, 3}, {4}}, 1, 3},
    {"type: 'HingeLoss' hinge_loss_param { norm: L2 }", {{3, 2, 2}, {3}}, 1, 4},
};

}  // namespace
}  // namespace caffe::test
