// SegAccuracy: recalls and overlaps by hand, counted on when told.
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

}  // namespace
}  // namespace caffe::test
