// ContrastiveLoss: pairs of both kinds by hand.
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(contrastive_loss_by_hand) {
  // Distances 5 (similar), 0.5, 5 and 0 (not).
  const std::vector<Input> inputs = {{{4, 2}, {3, 4, 0.5f, 0, 3, 4, 1, 1}},
                                     {{4, 2}, {0, 0, 0, 0, 0, 0, 1, 1}},
                                     {{4}, {1, 0, 0, 0}}};
  const float pull = 0.5f / (0.5f + 1e-4f);
  on_every_backend([&](Kernels& kernels) {
    LayerRun run("type: 'ContrastiveLoss'", inputs, {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {(25 + 0.25f + 0 + 1) / 8});
    run.set_top_diff(0, {4});
    run.backward({true, true, false});
    CHECK_CLOSE(run.bottom_diff(0), {3, 4, -pull * 0.5f, 0, 0, 0, 0, 0});
    CHECK_CLOSE(run.bottom_diff(1), {-3, -4, pull * 0.5f, 0, 0, 0, 0, 0});
  });
  LayerRun legacy("type: 'ContrastiveLoss' contrastive_loss_param { legacy_version: true }",
                  inputs);
  legacy.forward();
  CHECK_CLOSE(legacy.out(), {(25 + 0.75f + 0 + 1) / 8});
  legacy.set_top_diff(0, {4});
  legacy.backward({true, false, false});
  CHECK_CLOSE(legacy.bottom_diff(0), {3, 4, -0.5f, 0, 0, 0, 0, 0});
}

TEST(contrastive_loss_takes_a_similarity_that_is_no_number_for_none) {
  LayerRun run("type: 'ContrastiveLoss'", {{{1, 1}, {2}}, {{1, 1}, {0}}, {{1}, {kNan}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0});
}

const GradientCases gradients{
    {.text = "type: 'ContrastiveLoss' contrastive_loss_param { margin: 2 }",
     .shapes = {{3, 4}, {3, 4}, {3}},
     .differentiable = 2,
     .given = {{2, {1, 0, 0}}}},
    {.text = "type: 'ContrastiveLoss' contrastive_loss_param { margin: 4 legacy_version: true }",
     .shapes = {{3, 4}, {3, 4}, {3}},
     .differentiable = 2,
     .given = {{2, {0, 1, 0}}}},
};

}  // namespace
}  // namespace caffe::test
