// EuclideanLoss: by hand, of nothing, and of what does not fit.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(euclidean_loss_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'EuclideanLoss'", {{{2, 2}, {1, 2, 3, 4}}, {{2, 1, 2}, {0, 0, 1, 1}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {18 / 4.0f});
    run.set_top_diff(0, {0.5f});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(0), {0.25f, 0.5f, 0.5f, 0.75f});
    CHECK_CLOSE(run.bottom_diff(1), {-0.25f, -0.5f, -0.5f, -0.75f});
  });
}

TEST(euclidean_loss_of_an_empty_batch_is_0) {
  LayerRun run("type: 'EuclideanLoss'", {{{0, 2}, {}}, {{0, 2}, {}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0});
}

TEST(euclidean_loss_rejects_shapes_that_do_not_fit) {
  CHECK_FAILS(Status::kShape, "must have equally many values",
              LayerRun("type: 'EuclideanLoss'", {{{2, 5}, {}}, {{2, 6}, {}}}));
  CHECK_FAILS(Status::kShape, "must agree in their first axis",
              LayerRun("type: 'EuclideanLoss'", {{{2, 3}, {}}, {{3, 2}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "takes exactly 2 bottom(s), not 1",
              LayerRun("type: 'EuclideanLoss'", {{{2, 3}, {}}}));
}

const GradientCases gradients{
    {"type: 'EuclideanLoss'", {{-1, 3}, {-1, 3}}, 2},
};

}  // namespace
}  // namespace caffe::test
