// SmoothL1Loss: by hand, with weights inside and outside.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(smooth_l1_loss_by_hand) {
  const std::vector<Input> inputs = {{{2, 2}, {0.1f, -0.5f, 1, 0}}, {{2, 2}, {0, 0, 0, 0.25f}}};
  on_every_backend([&](Kernels& kernels) {
    LayerRun run("type: 'SmoothL1Loss' smooth_l1_loss_param { sigma: 2 }", inputs,
                 {TRAIN, 1, false, &kernels});
    CHECK_EQ(run.layer().default_loss_weight(0), 1.0f);
    run.forward();
    // The bound is 1/4, and what lies on it is linear.
    CHECK_CLOSE(run.out(), {(0.02f + 0.375f + 0.875f + 0.125f) / 2});
    run.set_top_diff(0, {2});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(0), {0.4f, -1, 1, -1});
    CHECK_CLOSE(run.bottom_diff(1), {-0.4f, 1, -1, 1});
  });
}

TEST(smooth_l1_loss_with_weights_by_hand) {
  LayerRun run(
      "type: 'SmoothL1Loss'",
      {{{1, 3}, {0.5f, 2, 9}}, {{1, 3}, {0, 0, 0}}, {{1, 3}, {1, 2, 0}}, {{1, 3}, {3, 0.5f, 1}}});
  run.forward();
  CHECK_CLOSE(run.out(), {3 * 0.125f + 0.5f * 3.5f});
  run.set_top_diff(0, {1});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {1.5f, 1, 0});
  CHECK_CLOSE(run.bottom_diff(2), {0, 0, 0});
  CHECK_CLOSE(run.bottom_diff(3), {0, 0, 0});
  CHECK(!run.layer().allow_force_backward(2));
}

TEST(smooth_l1_loss_with_weights_inside_alone) {
  LayerRun run("type: 'SmoothL1Loss'",
               {{{1, 3}, {0.5f, 2, 9}}, {{1, 3}, {0, 0, 0}}, {{1, 3}, {1, 2, 0}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0.125f + 3.5f});
  run.set_top_diff(0, {1});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {0.5f, 2, 0});
}

TEST(smooth_l1_loss_rejects_what_makes_no_sense) {
  const Input x{{2, 2}, {}};
  CHECK_FAILS(Status::kInvalidArgument, "sigma must be greater than 0, not -1",
              LayerRun("type: 'SmoothL1Loss' smooth_l1_loss_param { sigma: -1 }", {x, x}));
  CHECK_FAILS(Status::kShape, "must have equally many values",
              LayerRun("type: 'SmoothL1Loss'", {x, x, x, {{2, 3}, {}}}));
  CHECK_FAILS(Status::kShape, "must agree in their first axis",
              LayerRun("type: 'SmoothL1Loss'", {x, {{4, 1}, {}}}));
  LayerRun empty("type: 'SmoothL1Loss'", {{{0, 2}, {}}, {{0, 2}, {}}});
  empty.forward();
  CHECK_CLOSE(empty.out(), {0});
}

const GradientCases gradients{
    {"type: 'SmoothL1Loss' smooth_l1_loss_param { sigma: 3 }", {{-1, 3}, {-1, 3}}, 2},
    {"type: 'SmoothL1Loss' smooth_l1_loss_param { sigma: 3 }",
     {{2, -1, 2}, {2, -1, 2}, {2, -1, 2}, {2, -1, 2}},
     2},
    {"type: 'SmoothL1Loss'", {{2, -1, 2}, {2, -1, 2}, {2, -1, 2}}, 2},
};

}  // namespace
}  // namespace caffe::test
