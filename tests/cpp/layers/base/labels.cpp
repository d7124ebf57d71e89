// Labels and indices: whole numbers, cut towards zero, and what is refused by which words.
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "layers/base/labels.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

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

TEST(labels_are_cut_towards_zero_and_may_be_ignored) {
  Blob blob({5});
  set_values(blob.data(), {2.9f, -0.5f, 255, -3, 7.5f});
  const Labels labels(blob, "the labels", 3, {255, -3, 7});
  CHECK_EQ(labels[0], int64_t{2});
  CHECK_EQ(labels[1], int64_t{0});
  for (int64_t i : {2, 3, 4}) CHECK_EQ(labels[i], Labels::kIgnored);
  CHECK_FAILS(Status::kInvalidArgument, "the labels holds the label 2.9",
              Labels(blob, "the labels", 2)[0]);
}

TEST(labels_are_as_many_as_predictions_along_the_axis) {
  const auto check = [](const Shape& labels, const Shape& predictions, int axis) {
    check_label_count(Blob(labels), "the labels", predictions, "the scores", axis);
  };
  check({2, 3}, {2, 5, 3}, 1);
  check({6}, {2, 5, 3}, 1);
  check({10}, {2, 5, 3}, 2);
  CHECK_FAILS(Status::kShape, "the labels of shape 5 (5) holds 5 labels", check({5}, {2, 5, 3}, 1));
}

TEST(indices_are_those_of_rows) {
  Blob blob({3});
  set_values(blob.data(), {1, -0.25f, 2.5f});
  check_indices(blob, "the indices", 3);
  CHECK_FAILS(Status::kInvalidArgument,
              "the indices holds 2.5 at index 2; what it points into has 2",
              check_indices(blob, "the indices", 2));
}

TEST(item_place_walks_over_the_channels) {
  const SoftmaxSpec spec{2, 3, 4};
  CHECK_EQ(item_place(spec, 0), int64_t{0});
  CHECK_EQ(item_place(spec, 3), int64_t{3});
  CHECK_EQ(item_place(spec, 4), int64_t{12});
}

}  // namespace
}  // namespace caffe::test
