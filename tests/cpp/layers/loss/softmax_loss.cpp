// SoftmaxWithLoss: what it is divided by, labels that are ignored or weighed, further tops.
#include <cfloat>
#include <cmath>
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const std::string kSoftmaxLoss = "type: 'SoftmaxWithLoss'";

// The loss of two items of two classes, both at ln 3 against 0, with labels 0 and 1: -log(3/4) and
// -log(1/4).
float loss_of(const std::string& fields, const Values& labels = {0, 1}) {
  const float x = std::log(3.0f);
  LayerRun run(kSoftmaxLoss + " " + fields, {{{2, 2}, {x, 0, x, 0}}, {{2}, labels}});
  run.forward();
  return run.out()[0];
}

const double kHit = -std::log(0.75), kMiss = -std::log(0.25);

TEST(softmax_loss_normalises_as_told) {
  CHECK_NEAR(loss_of(""), (kHit + kMiss) / 2, 1e-5, 0);
  CHECK_NEAR(loss_of("loss_param { normalization: NONE }"), kHit + kMiss, 1e-5, 0);
  CHECK_NEAR(loss_of("loss_param { ignore_label: 1 }"), kHit, 1e-5, 0);
  CHECK_NEAR(loss_of("loss_param { ignore_label: 1 normalization: FULL }"), kHit / 2, 1e-5, 0);
  CHECK_NEAR(loss_of("loss_param { ignore_label: 1 normalization: BATCH_SIZE }"), kHit / 2, 1e-5,
             0);
  CHECK_NEAR(loss_of("loss_param { ignore_label: 1 normalize: true }"), kHit, 1e-5, 0);
  CHECK_NEAR(loss_of("loss_param { ignore_label: 1 normalize: false }"), kHit / 2, 1e-5, 0);
  CHECK_NEAR(loss_of("loss_param { ignore_label: 1 normalize: false normalization: VALID }"), kHit,
             1e-5, 0);
}

TEST(softmax_loss_of_ignored_labels_only_is_0) {
  LayerRun run(kSoftmaxLoss + " loss_param { ignore_label: 255 }",
               {{{2, 2}, {1, 2, 3, 4}}, {{2}, {255, 255}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0});
  run.set_top_diff(0, {1});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {0, 0, 0, 0});
}

TEST(softmax_loss_gives_no_gradient_to_ignored_items) {
  LayerRun run(kSoftmaxLoss + " loss_param { ignore_label: -1 }",
               {{{1, 2, 2}, {0, 0, 0, 0}}, {{1, 2}, {-1, 1}}});
  run.forward();
  run.set_top_diff(0, {2});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {0, 1, 0, -1});
}

TEST(softmax_loss_is_finite_where_a_probability_is_none) {
  LayerRun run(kSoftmaxLoss, {{{1, 2}, {0, 1000}}, {{1}, {0}}});
  run.forward();
  CHECK_NEAR(run.out()[0], -std::log(FLT_MIN), 1e-5, 0);
  run.set_top_diff(0, {1});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {-1, 1});
}

TEST(softmax_loss_shows_its_probabilities_as_second_top) {
  LayerRun run(kSoftmaxLoss, {{{2, 2}, {0, 0, std::log(3.0f), 0}}, {{2}, {0, 1}}}, {TRAIN, 2});
  run.forward();
  CHECK_EQ(run.top(1).shape(), Shape({2, 2}));
  CHECK_CLOSE(run.out(1), {0.5f, 0.5f, 0.75f, 0.25f});
  CHECK_EQ(run.layer().default_loss_weight(0), 1.0f);
  CHECK_EQ(run.layer().default_loss_weight(1), 0.0f);
}

TEST(softmax_loss_takes_the_gradient_of_the_loss_it_showed) {
  LayerRun run(kSoftmaxLoss, {{{1, 2}, {0, 0}}, {{1}, {0}}});
  run.forward();
  run.set_bottom(1, {99});
  run.set_top_diff(0, {1});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {-0.5f, 0.5f});
}

TEST(softmax_loss_of_an_empty_batch_is_0) {
  LayerRun run(kSoftmaxLoss, {{{0, 3}, {}}, {{0}, {}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0});
  run.set_top_diff(0, {1});
  run.backward({true, false});
}

TEST(softmax_loss_rejects_labels_out_of_range) {
  const std::string range = "with 2 classes labels are 0 to 1";
  CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\" holds the label 2 at index 1; " + range,
              loss_of("", {0, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "holds the label -1 at index 0; " + range,
              loss_of("", {-1, 0}));
  CHECK_FAILS(Status::kInvalidArgument, "; " + range + ", or 255, which is ignored",
              loss_of("loss_param { ignore_label: 255 }", {0, 254}));
  CHECK_FAILS(Status::kInvalidArgument, "holds the label nan",
              loss_of("", {0, std::numeric_limits<float>::quiet_NaN()}));
  CHECK_FAILS(
      Status::kInvalidArgument, "holds the label inf",
      loss_of("loss_param { ignore_label: 3 }", {0, std::numeric_limits<float>::infinity()}));
}

TEST(softmax_loss_rejects_shapes_that_do_not_fit) {
  CHECK_FAILS(Status::kShape, "holds 4 labels, but bottom \"data\" of shape 2 5 (10) holds 2 predi",
              LayerRun(kSoftmaxLoss, {{{2, 5}, {}}, {{2, 2}, {}}}));
  CHECK_FAILS(Status::kShape, "must agree in their first axis",
              LayerRun(kSoftmaxLoss, {{{2, 5}, {}}, {{1, 2}, {}}}));
  CHECK_FAILS(Status::kShape, "softmax_param.axis does not fit bottom \"data\": axis 2",
              LayerRun(kSoftmaxLoss + " softmax_param { axis: 2 }", {{{2, 5}, {}}, {{2}, {}}}));
}

TEST(softmax_loss_rejects_a_gradient_to_its_labels) {
  LayerRun run(kSoftmaxLoss, {{{2, 2}, {}}, {{2}, {0, 1}}});
  run.forward();
  CHECK(!run.layer().allow_force_backward(1));
  CHECK_FAILS(Status::kUnsupported, "bottom \"label\" holds labels", run.backward({true, true}));
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

const GradientCases gradients{
    {"type: 'SoftmaxWithLoss'", {{4, 3}, {4}}, 1, 3},
    {"type: 'SoftmaxWithLoss' loss_param { ignore_label: 1 }", {{3, 4, 2}, {3, 2}}, 1, 4},
    {"type: 'SoftmaxWithLoss' softmax_param { axis: -1 } loss_param { normalization: NONE }",
     {{2, 3, 4}, {2, 3}},
     1,
     4},
    {"type: 'SoftmaxWithLossOHEM'", {{4, 3}, {4}}, 1, 3},
    {"type: 'SoftmaxWithLoss' loss_param { ignore_label: 1 weight_by_label_freqs: true "
     "class_weighting: 2 class_weighting: 7 class_weighting: 0.5 }",
     {{3, 3, 2}, {3, 2}},
     1,
     3},
};

}  // namespace
}  // namespace caffe::test
