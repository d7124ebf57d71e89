// layers/loss/smooth_l1_loss.cpp, layers/loss/smooth_l1_loss_ohem.cpp,
// layers/loss/balanced_cross_entropy_loss.cpp; what forks add to layers/loss/softmax_loss.cpp and
// layers/base/loss.cpp
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const GradientCases gradients{
    {"type: 'SmoothL1Loss' smooth_l1_loss_param { sigma: 3 }", {{-1, 3}, {-1, 3}}, 2},
    {"type: 'SmoothL1Loss' smooth_l1_loss_param { sigma: 3 }",
     {{2, -1, 2}, {2, -1, 2}, {2, -1, 2}, {2, -1, 2}},
     2},
    {"type: 'SmoothL1Loss'", {{2, -1, 2}, {2, -1, 2}, {2, -1, 2}}, 2},
    {"type: 'SoftmaxWithLossOHEM'", {{4, 3}, {4}}, 1, 3},
    {"type: 'SmoothL1LossOHEM'", {{-1, 3, 2}, {-1, 3, 2}, {-1, 3, 2}}, 2},
    {.text = "type: 'SigmoidCrossEntropyLoss'",
     .shapes = {{2, 1, 3}, {2, 1, 3}},
     .classes = 2,
     .dialect = "hed"},
    {"type: 'SoftmaxWithLoss' loss_param { ignore_label: 1 weight_by_label_freqs: true "
     "class_weighting: 2 class_weighting: 7 class_weighting: 0.5 }",
     {{3, 3, 2}, {3, 2}},
     1,
     3},
};

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

TEST(smooth_l1_loss_ohem_shows_each_items_loss) {
  const std::vector<Input> inputs = {
      {{2, 2, 1, 1}, {0.5f, 2, 1, 0}}, {{2, 2, 1, 1}, {0, 0, 0, 0}}, {{2, 2, 1, 1}, {1, 1, 0, 1}}};
  const auto loss = [&](const std::string& fields) {
    LayerRun run("type: 'SmoothL1LossOHEM' loss_param { " + fields + " }", inputs, {TRAIN, 2});
    run.forward();
    CHECK_EQ(run.top(1).shape(), Shape({2, 1, 1, 1}));
    CHECK_CLOSE(run.out(1), {1.625f, 0});
    return run.out(0)[0];
  };
  CHECK_NEAR(loss(""), 1.625f / 2, 1e-5, 0);
  CHECK_NEAR(loss("normalization: NONE"), 1.625f, 1e-5, 0);
  CHECK_NEAR(loss("normalization: PRE_FIXED pre_fixed_normalizer: 65"), 0.025f, 1e-5, 0);
  CHECK_NEAR(loss("normalization: PRE_FIXED pre_fixed_normalizer: 0.1"), 1.625f, 1e-5, 0);
  CHECK_NEAR(loss("normalization: NONE pre_fixed_normalizer: 65"), 1.625f, 1e-5, 0);
  CHECK_FAILS(Status::kShape, "at least two axes",
              LayerRun("type: 'SmoothL1LossOHEM'", {{{2}, {}}, {{2}, {}}}));
}

TEST(softmax_loss_shows_each_items_loss) {
  const std::vector<Input> inputs = {{{3, 2}, {0, 0, std::log(3.0f), 0, 5, 5}}, {{3}, {0, 0, 9}}};
  for (const char* type : {"SoftmaxWithLossOHEM", "SoftmaxWithLoss"}) {
    const std::string text = str("type: '", type, "' loss_param { ignore_label: 9 ");
    LayerRun run(text + "normalization: NONE }", inputs, {TRAIN, 3});
    run.forward();
    CHECK_CLOSE(run.out(0), {std::log(2.0f) - std::log(0.75f)});
    CHECK_CLOSE(run.out(2), {std::log(2.0f), -std::log(0.75f), 0});
    CHECK_FAILS(Status::kInvalidArgument, "at most 3 top(s), not 4",
                LayerRun(text + "}", inputs, {TRAIN, 4}));
    // The third top is not divided, and has the labels' shape.
    LayerRun mean(text + "}", {{{1, 2, 1, 2}, {0, 0, 0, 0}}, {{1, 1, 1, 2}, {0, 1}}}, {TRAIN, 3});
    mean.forward();
    CHECK_EQ(mean.top(2).shape(), Shape({1, 1, 1, 2}));
    CHECK_CLOSE(mean.out(0), {std::log(2.0f)});
    CHECK_CLOSE(mean.out(2), {std::log(2.0f), std::log(2.0f)});
  }
}

TEST(softmax_loss_weighs_classes) {
  const auto run = [](const std::string& fields) {
    LayerRun made("type: 'SoftmaxWithLoss' loss_param { " + fields + " }",
                  {{{2, 2}, {0, 0, 0, 0}}, {{2}, {0, 1}}});
    made.forward();
    made.set_top_diff(0, {1});
    made.backward({true, false});
    return made;
  };
  LayerRun weighted = run("weight_by_label_freqs: true class_weighting: 1 class_weighting: 3");
  CHECK_CLOSE(weighted.out(), {2 * std::log(2.0f)});
  CHECK_CLOSE(weighted.bottom_diff(), {-0.25f, 0.25f, 0.75f, -0.75f});
  LayerRun plain = run("class_weighting: 1 class_weighting: 3");
  CHECK_CLOSE(plain.bottom_diff(), {-0.25f, 0.25f, 0.25f, -0.25f});
  CHECK_FAILS(Status::kInvalidArgument,
              "class_weighting is given 1 times; with weight_by_label_freqs it is wanted once",
              run("weight_by_label_freqs: true class_weighting: 1"));
}

TEST(softmax_loss_ignores_several_labels) {
  LayerRun run(
      "type: 'SoftmaxWithLoss' loss_param { ignore_label: 7 } "
      "softmax_loss_param { ignore_label: 8 ignore_label: 9 }",
      {{{4, 2}, {0, 0, 1, 2, 3, 4, 5, 6}}, {{4}, {0, 7, 8, 9}}});
  run.forward();
  CHECK_CLOSE(run.out(), {std::log(2.0f)});
}

TEST(losses_reject_fields_that_they_do_not_know) {
  const std::vector<Input> inputs = {{{2, 2}, {}}, {{2, 2}, {}}};
  CHECK_FAILS(Status::kUnsupported, "a SigmoidCrossEntropyLoss layer does not weigh classes",
              LayerRun("type: 'SigmoidCrossEntropyLoss' loss_param { weight_by_label_freqs: true }",
                       inputs));
  CHECK_FAILS(
      Status::kUnsupported, "background_weight are not supported",
      LayerRun("type: 'SigmoidCrossEntropyLoss' loss_param { background_weight: 2 }", inputs));
  CHECK_FAILS(Status::kUnsupported, "weight_source is not supported",
              LayerRun("type: 'SoftmaxWithLoss' softmax_loss_param { weight_source: 'w.txt' }",
                       {{{2, 2}, {}}, {{2}, {0, 0}}}));
  CHECK_FAILS(Status::kUnsupported, "only L2 is supported",
              LayerRun("type: 'EuclideanLoss' euclidean_loss_param { type: L2sqrt }", inputs));
}

TEST(balanced_cross_entropy_loss_by_hand) {
  // One of four values is an edge in the first image, none in the second.
  const std::vector<Input> inputs = {{{2, 5}, {0, 0, 0, 0, 0, 1000, 0, 0, 0, 0}},
                                     {{2, 5}, {1, 0, 0, 0, 2, 0, 0, 0, 0, 0}}};
  LayerRun run("type: 'SigmoidCrossEntropyLoss'", inputs, {TRAIN, 1, false, nullptr, 1, "hed"});
  run.forward();
  CHECK_CLOSE(run.out(), {(0.75f + 3 * 0.25f) * std::log(2.0f) / 2});
  run.set_top_diff(0, {2});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {-0.375f, 0.125f, 0.125f, 0.125f, -1.5f, 0, 0, 0, 0, 0});
  CHECK_FAILS(Status::kUnsupported, "holds labels", run.backward());
}

TEST(balanced_cross_entropy_loss_of_nothing_is_0) {
  const RunOptions hed{TRAIN, 1, false, nullptr, 1, "hed"};
  LayerRun none("type: 'SigmoidCrossEntropyLoss'", {{{1, 2}, {1, 2}}, {{1, 2}, {3, 3}}}, hed);
  none.forward();
  CHECK_CLOSE(none.out(), {0});
  LayerRun empty("type: 'SigmoidCrossEntropyLoss'", {{{0, 2}, {}}, {{0, 2}, {}}}, hed);
  empty.forward();
  CHECK_CLOSE(empty.out(), {0});
  CHECK_FAILS(Status::kShape, "must have equally many values",
              LayerRun("type: 'SigmoidCrossEntropyLoss'", {{{2, 2}, {}}, {{2, 3}, {}}}, hed));
}

}  // namespace
}  // namespace caffe::test
