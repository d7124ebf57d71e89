// layers/metric/seg_accuracy.cpp, layers/metric/parse_output.cpp, layers/metric/parse_evaluate.cpp,
// layers/detection/box_annotator_ohem.cpp; what forks add to layers/metric/accuracy.cpp
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

// Five pixels of three classes, predicted as 0, 0, 1, 1, 0.
const Values kScores = {5, 5, 1, 1, 5, 1, 1, 5, 5, 5, 0, 0, 0, 0, 0};

LayerRun segmented(const std::string& fields, const Values& labels) {
  return LayerRun("type: 'SegAccuracy' seg_accuracy_param { " + fields + " }",
                  {{{1, 3, 1, 5}, kScores}, {{1, 1, 1, 5}, labels}}, {TEST});
}

TEST(seg_accuracy_by_hand) {
  LayerRun run = segmented("ignore_label: 255 ignore_label: 254", {0, 1, 1, 255, 254});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({1, 1, 1, 3}));
  // Recalls 1 and 1/2; overlaps 1/2, 1/2 and, of the class that is nowhere, 1.
  CHECK_CLOSE(run.out(), {2 / 3.0f, 0.75f, 2 / 3.0f});
  run.forward();
  CHECK_CLOSE(run.out(), {2 / 3.0f, 0.75f, 2 / 3.0f});
}

TEST(seg_accuracy_goes_on_counting_when_told) {
  LayerRun run = segmented("reset: false", {0, 0, 1, 1, 0});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 1, 1});
  run.set_bottom(1, {1, 1, 0, 0, 1});
  run.forward();
  CHECK_CLOSE(run.out(), {0.5f, 0.5f, (0.375f + 2 / 7.0f + 1) / 3});
}

TEST(seg_accuracy_of_ignored_pixels_only_is_0) {
  LayerRun run = segmented("ignore_label: 255", Values(5, 255));
  run.forward();
  CHECK_CLOSE(run.out(), {0, 0, 1});
}

TEST(seg_accuracy_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "holds the label 3 at index 1; with 3 classes",
              segmented("", {0, 3, 1, 1, 0}).forward());
  CHECK_FAILS(Status::kInvalidArgument, "holds the label nan",
              segmented("ignore_label: 0", {kNan, 1, 1, 1, 0}).forward());
  CHECK_FAILS(Status::kInvalidArgument, "0 to 2, or 255 or 254, which is ignored",
              segmented("ignore_label: 255 ignore_label: 254", {7, 1, 1, 1, 0}).forward());
  CHECK_FAILS(Status::kUnsupported, "only PixelAccuracy", segmented("metric: PixelIOU", {}));
  CHECK_FAILS(Status::kShape, "holds 4 labels",
              LayerRun("type: 'SegAccuracy'", {{{1, 3, 1, 5}, {}}, {{1, 1, 1, 4}, {}}}));
  CHECK_FAILS(Status::kShape, "must be N x C x H x W",
              LayerRun("type: 'SegAccuracy'", {{{5}, {}}, {{5}, {}}}));
  LayerRun many("type: 'SegAccuracy'", {{{1, 2, 1, 1}, {}}, {{1, 1, 1, 1}, {1}}});
  many.bottom(0).reshape(Shape{1, 2147483648, 1, 1});
  CHECK_FAILS(Status::kOutOfMemory, "pairs of classes", many.forward());
}

TEST(parse_output_takes_the_first_of_equals) {
  LayerRun run("type: 'ParseOutput'", {{{1, 3, 1, 3}, {1, 5, 2, 3, 5, 2, 3, 4, 2}}}, {TEST, 2});
  run.forward();
  CHECK_EQ(run.top(1).shape(), Shape({1, 1, 1, 3}));
  CHECK_CLOSE(run.out(0), {1, 0, 0});
  CHECK_CLOSE(run.out(1), {3, 5, 2});
  CHECK_FAILS(Status::kUnsupported, "has no gradient", run.backward());
  CHECK_FAILS(Status::kShape, "must be N x C x H x W",
              LayerRun("type: 'ParseOutput'", {{{2, 0, 3}, {}}}));
}

LayerRun evaluated(const std::string& fields, const Values& predictions, const Values& truths) {
  const Shape shape{1, 1, 1, 4};
  LayerRun run("type: 'ParseEvaluate' parse_evaluate_param { " + fields + " }",
               {{shape, predictions}, {shape, truths}}, {TEST});
  run.forward();
  return run;
}

TEST(parse_evaluate_by_hand) {
  LayerRun run = evaluated("num_labels: 2 ignore_label: 255", {0, 1, 1, 9}, {0, 1, 0, 255});
  CHECK_EQ(run.top(0).shape(), Shape({1, 2, 1, 3}));
  CHECK_CLOSE(run.out(), {1, 2, 1, 1, 1, 2});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 2, 1, 1, 1, 2});
}

TEST(parse_evaluate_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "num_labels must be given",
              evaluated("", {0, 0, 0, 0}, {0, 0, 0, 0}));
  CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\" holds the label 2 at index 3",
              evaluated("num_labels: 2", {0, 0, 0, 0}, {0, 0, 0, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "bottom \"data\" holds the label -1 at index 0",
              evaluated("num_labels: 2", {-1, 0, 0, 0}, {0, 0, 0, 0}));
  CHECK_FAILS(Status::kShape, "must hold equally many labels",
              LayerRun("type: 'ParseEvaluate' parse_evaluate_param { num_labels: 2 }",
                       {{{1, 1, 2, 2}, {}}, {{1, 1, 1, 3}, {}}}));
}

// Four boxes, of the images 0, 1, 0 and 0.
LayerRun annotated(const std::string& fields, const Values& losses, float image = 0) {
  const Values boxes = {image, 0, 0, 9, 9, 1, 0, 0, 9, 9, 0, 0, 0, 9, 9, 0, 0, 0, 9, 9};
  LayerRun run(
      "type: 'BoxAnnotatorOHEM' box_annotator_ohem_param { " + fields + " }",
      {{{4, 5}, boxes}, {{4, 1}, losses}, {{4}, {1, 2, 3, 4}}, {{4, 2}, {1, 1, 2, 2, 3, 3, 4, 4}}},
      {TRAIN, 2});
  run.forward();
  return run;
}

TEST(box_annotator_keeps_the_hardest_boxes) {
  LayerRun one = annotated("roi_per_img: 1", {1, 0, 3, 2});
  CHECK_CLOSE(one.out(0), {-1, 2, 3, -1});
  CHECK_CLOSE(one.out(1), {0, 0, 2, 2, 3, 3, 0, 0});
  LayerRun two = annotated("roi_per_img: 2 ignore_label: 255", {2, 0, 2, 2});
  CHECK_CLOSE(two.out(0), {1, 2, 3, 255});
  CHECK_CLOSE(annotated("roi_per_img: 1", {1, 0, kNan, 2}).out(0), {-1, 2, 3, -1});
}

TEST(box_annotator_rejects_what_does_not_fit) {
  const Values losses = {1, 2, 3, 4};
  CHECK_FAILS(Status::kInvalidArgument, "roi_per_img must be at least 1",
              annotated("roi_per_img: 0", losses));
  CHECK_FAILS(Status::kInvalidArgument, "says that box 0 is of image -1",
              annotated("roi_per_img: 1", losses, -1));
  CHECK_FAILS(Status::kInvalidArgument, "is of image nan",
              annotated("roi_per_img: 1", losses, kNan));
  const auto made = [](const Shape& boxes, const Shape& labels, const Shape& weights) {
    LayerRun("type: 'BoxAnnotatorOHEM' box_annotator_ohem_param { roi_per_img: 1 }",
             {{boxes, {}}, {{4}, {}}, {labels, {}}, {weights, {}}}, {TRAIN, 2});
  };
  CHECK_FAILS(Status::kShape, "must have 5 channels", made({4, 4}, {4}, {4, 2}));
  CHECK_FAILS(Status::kShape, "must hold 4 values, one for each box", made({4, 5}, {3}, {4, 2}));
  CHECK_FAILS(Status::kShape, "in all axes but the second", made({4, 5}, {4}, {3, 2}));
}

TEST(accuracy_divides_by_a_denominator) {
  const std::vector<Input> inputs = {{{2, 2}, {1, 0, 1, 0}}, {{2}, {0, 0}}};
  LayerRun run("type: 'Accuracy' accuracy_param { denominator: 8 }", inputs, {TEST});
  run.forward();
  CHECK_CLOSE(run.out(), {0.25f});
  CHECK_FAILS(Status::kInvalidArgument, "denominator must be at least 0, not -1",
              LayerRun("type: 'Accuracy' accuracy_param { denominator: -1 }", inputs));
}

TEST(accuracy_of_segnet) {
  LayerRun run("type: 'Accuracy'", {{{3, 3}, {1, 1, 0, 1, 1, 0, 0, 0, 1}}, {{3}, {0, 1, 1}}},
               {TEST, 2, false, nullptr, 1, "segnet"});
  run.forward();
  CHECK_EQ(run.top(1).shape(), Shape({3, 1, 1, 1}));
  CHECK_CLOSE(run.out(0), {1 / 3.0f});
  CHECK_CLOSE(run.out(1), {0, 0.5f, 1});
}

}  // namespace
}  // namespace caffe::test
