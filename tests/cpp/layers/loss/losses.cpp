// layers/loss/softmax_loss.cpp, layers/loss/euclidean_loss.cpp, layers/base/loss.cpp, layers/base/labels.cpp
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
    {"type: 'SoftmaxWithLoss'", {{4, 3}, {4}}, 1, 3},
    {"type: 'SoftmaxWithLoss' loss_param { ignore_label: 1 }", {{3, 4, 2}, {3, 2}}, 1, 4},
    {"type: 'SoftmaxWithLoss' softmax_param { axis: -1 } loss_param { normalization: NONE }",
     {{2, 3, 4}, {2, 3}},
     1,
     4},
    {"type: 'EuclideanLoss'", {{-1, 3}, {-1, 3}}, 2},
};

}  // namespace
}  // namespace caffe::test
