// layers/loss/hinge_loss.cpp, layers/loss/multinomial_logistic_loss.cpp, layers/loss/infogain_loss.cpp,
// layers/loss/sigmoid_cross_entropy_loss.cpp, layers/loss/contrastive_loss.cpp
#include <cmath>
#include <limits>

#include "core/threads.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();
const Values kIdentity = {1, 0, 0, 1};
const Values kGains = {1, 0.5f, 0, 0, 2, 0.25f, 0.5f, 0, 1};

const GradientCases gradients{
    {"type: 'HingeLoss'", {{4, 3}, {4}}, 1, 3},
    {"type: 'HingeLoss' hinge_loss_param { norm: L2 }", {{3, 2, 2}, {3}}, 1, 4},
    {.text = "type: 'MultinomialLogisticLoss'",
     .shapes = {{2, 3}, {2}},
     .classes = 3,
     .given = {{0, {0.5f, 0.3f, 0.4f, 0.6f, 0.7f, 0.8f}}}},
    {.text = "type: 'InfogainLoss'",
     .shapes = {{3, 3, 2}, {3, 2}, {1, 1, 3, 3}},
     .classes = 3,
     .given = {{2, kGains}}},
    {.text = "type: 'InfogainLoss' infogain_loss_param { axis: -1 } "
             "loss_param { ignore_label: 1 normalization: FULL }",
     .shapes = {{2, 2, 3}, {2, 2}, {3, 3}},
     .classes = 3,
     .given = {{2, kGains}}},
    {"type: 'SigmoidCrossEntropyLoss'", {{-1, -1, -1}, {-1, -1, -1}}},
    {"type: 'SigmoidCrossEntropyLoss' loss_param { ignore_label: 1 normalization: VALID }",
     {{4, 3}, {4, 3}},
     1,
     2},
    {.text = "type: 'ContrastiveLoss' contrastive_loss_param { margin: 2 }",
     .shapes = {{3, 4}, {3, 4}, {3}},
     .differentiable = 2,
     .given = {{2, {1, 0, 0}}}},
    {.text = "type: 'ContrastiveLoss' contrastive_loss_param { margin: 4 legacy_version: true }",
     .shapes = {{3, 4}, {3, 4}, {3}},
     .differentiable = 2,
     .given = {{2, {0, 1, 0}}}},
};

// Runs forward, and backward to the first bottom with a loss weight of 1.
LayerRun ran(const std::string& text, const std::vector<Input>& inputs, Kernels* kernels = nullptr,
             size_t tops = 1) {
  LayerRun run("type: '" + text, inputs, {TRAIN, tops, false, kernels});
  run.forward();
  run.set_top_diff(0, {1});
  std::vector<bool> wanted(inputs.size(), false);
  wanted[0] = true;
  run.backward(wanted);
  return run;
}

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

TEST(multinomial_logistic_loss_by_hand) {
  const std::vector<Input> inputs = {{{2, 2}, {0.25f, 0.75f, 0.5f, 0}}, {{2, 1, 1, 1}, {0, 1}}};
  LayerRun run = ran("MultinomialLogisticLoss'", inputs);
  CHECK_NEAR(run.out()[0], (std::log(4.0) - std::log(1e-20)) / 2, 1e-5, 0);
  CHECK_CLOSE(run.bottom_diff(), {-2, 0, 0, -0.5e20f});
}

TEST(infogain_loss_with_the_identity_is_the_softmax_loss) {
  const Values scores = {1, 3, -2, 0.5f}, labels = {1, 0};
  on_every_backend([&](Kernels& kernels) {
    LayerRun gain =
        ran("InfogainLoss'", {{{2, 2}, scores}, {{2}, labels}, {{2, 2}, kIdentity}}, &kernels, 2);
    LayerRun plain = ran("SoftmaxWithLoss'", {{{2, 2}, scores}, {{2}, labels}}, &kernels, 2);
    CHECK_CLOSE(gain.out(0), plain.out(0));
    CHECK_CLOSE(gain.out(1), plain.out(1));
    CHECK_CLOSE(gain.bottom_diff(), plain.bottom_diff());
  });
}

TEST(infogain_loss_by_hand) {
  LayerRun run = ran("InfogainLoss' loss_param { normalization: NONE }",
                     {{{1, 2}, {0, 0}}, {{1}, {1}}, {{2, 2}, {9, 9, 2, 1}}});
  CHECK_NEAR(run.out()[0], 3 * std::log(2.0), 1e-5, 0);
  CHECK_CLOSE(run.bottom_diff(), {-0.5f, 0.5f});
}

TEST(infogain_loss_of_ignored_labels_only_is_0) {
  LayerRun run = ran("InfogainLoss' loss_param { ignore_label: 255 }",
                     {{{2, 2}, {1, 2, 3, 4}}, {{2}, {255, 255}}, {{2, 2}, kIdentity}});
  CHECK_CLOSE(run.out(), {0});
  CHECK_CLOSE(run.bottom_diff(), {0, 0, 0, 0});
}

TEST(infogain_loss_rejects_what_does_not_fit) {
  const std::vector<Input> two = {{{2, 2}, {}}, {{2}, {0, 1}}};
  const auto made = [](std::vector<Input> inputs, const Input& matrix) {
    inputs.push_back(matrix);
    return LayerRun("type: 'InfogainLoss'", inputs);
  };
  CHECK_FAILS(Status::kInvalidArgument, "the matrix must be given",
              LayerRun("type: 'InfogainLoss'", two));
  CHECK_FAILS(
      Status::kIo, "none.binaryproto",
      LayerRun("type: 'InfogainLoss' infogain_loss_param { source: 'none.binaryproto' }", two));
  CHECK_FAILS(Status::kShape, "has 9 values; wanted is a matrix of 2 x 2", made(two, {{3, 3}, {}}));
  LayerRun run = made(two, {{2, 2}, {}});
  run.forward();
  CHECK_FAILS(Status::kUnsupported, "have no gradient", run.backward({false, false, true}));
  CHECK_FAILS(Status::kUnsupported, "holds labels", run.backward({false, true, false}));
  CHECK_FAILS(Status::kInvalidArgument, "holds the label 2",
              made({{{2, 2}, {}}, {{2}, {0, 2}}}, {{2, 2}, {}}).forward());
}

float cross_entropy(const std::string& fields) {
  return ran("SigmoidCrossEntropyLoss' loss_param { " + fields + " }",
             {{{2, 3}, {0, 0, 0, 0, 0, 0}}, {{2, 3}, {0, 1, -1, 1, -1, 0}}})
      .out()[0];
}

TEST(sigmoid_cross_entropy_loss_normalises_as_told) {
  const float each = std::log(2.0f);
  CHECK_NEAR(cross_entropy("ignore_label: -1"), 4 * each / 2, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalization: VALID"), each, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalize: true"), each, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalization: FULL"), 4 * each / 6, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalization: NONE"), 4 * each, 1e-5, 0);
}

TEST(sigmoid_cross_entropy_loss_is_finite_far_out) {
  LayerRun run = ran("SigmoidCrossEntropyLoss'",
                     {{{1, 4}, {1000, -1000, 1000, -1000}}, {{1, 4}, {1, 0, 0, 1}}});
  CHECK_CLOSE(run.out(), {2000});
  CHECK_CLOSE(run.bottom_diff(), {0, 0, 1, -1});
}

TEST(sigmoid_cross_entropy_loss_ignores_by_the_whole_part) {
  LayerRun run = ran("SigmoidCrossEntropyLoss' loss_param { ignore_label: 0 }",
                     {{{1, 3}, {0, 0, 0}}, {{1, 3}, {0.75f, -0.5f, 1}}});
  CHECK_CLOSE(run.bottom_diff(), {0, 0, -0.5f});
}

TEST(sigmoid_cross_entropy_loss_is_the_same_for_any_number_of_threads) {
  const Shape shape{3, 7001};
  const std::vector<Input> inputs = {{shape, {}}, {shape, Values(3 * 7001, 0.25f)}};
  const int threads = num_threads();
  set_num_threads(1);
  const float one = ran("SigmoidCrossEntropyLoss'", inputs).out()[0];
  set_num_threads(4);
  CHECK_EQ(ran("SigmoidCrossEntropyLoss'", inputs).out()[0], one);
  set_num_threads(threads);
}

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

TEST(label_losses_of_an_empty_batch_are_0) {
  for (const char* type : {"HingeLoss'", "MultinomialLogisticLoss'", "SigmoidCrossEntropyLoss'"}) {
    const Shape second = type[0] == 'S' ? Shape{0, 3} : Shape{0};
    CHECK_CLOSE(ran(type, {{{0, 3}, {}}, {second, {}}}).out(), {0});
  }
  CHECK_CLOSE(ran("ContrastiveLoss'", {{{0, 3}, {}}, {{0, 3}, {}}, {{0}, {}}}).out(), {0});
  CHECK_CLOSE(ran("InfogainLoss'", {{{0, 2}, {}}, {{0}, {}}, {{2, 2}, {}}}).out(), {0});
}

TEST(label_losses_reject_what_does_not_fit) {
  const auto made = [](const std::string& type, const std::vector<Input>& inputs) {
    LayerRun run("type: '" + type + "'", inputs);
    run.forward();
  };
  for (const char* type : {"HingeLoss", "MultinomialLogisticLoss"}) {
    CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\" holds the label 3 at index 1",
                made(type, {{{2, 3}, {}}, {{2}, {0, 3}}}));
    CHECK_FAILS(Status::kInvalidArgument, "holds the label nan",
                made(type, {{{2, 3}, {}}, {{2}, {0, kNan}}}));
    CHECK_FAILS(Status::kShape, "holds 4 labels; one is wanted for each of the 2 items",
                made(type, {{{2, 3}, {}}, {{2, 2}, {}}}));
    CHECK_FAILS(Status::kShape, "must agree in their first axis",
                made(type, {{{2, 3}, {}}, {{3}, {}}}));
    LayerRun run("type: '" + std::string(type) + "'", {{{1, 2}, {1, 1}}, {{1}, {0}}});
    run.forward();
    CHECK_FAILS(Status::kUnsupported, "holds labels", run.backward({false, true}));
  }
  CHECK_FAILS(Status::kShape, "must have equally many values",
              made("SigmoidCrossEntropyLoss", {{{2, 5}, {}}, {{2, 6}, {}}}));
  CHECK_FAILS(Status::kShape, "must have equally many values",
              made("ContrastiveLoss", {{{2, 5}, {}}, {{2, 6}, {}}, {{2}, {}}}));
  CHECK_FAILS(Status::kShape, "with extents of 1 behind",
              made("ContrastiveLoss", {{{2, 5, 2}, {}}, {{2, 5, 2}, {}}, {{2}, {}}}));
  CHECK_FAILS(Status::kShape, "holds 3 similarities; one is wanted for each of the 2 pairs",
              made("ContrastiveLoss", {{{2, 5}, {}}, {{2, 5}, {}}, {{3}, {}}}));
}

}  // namespace
}  // namespace caffe::test
