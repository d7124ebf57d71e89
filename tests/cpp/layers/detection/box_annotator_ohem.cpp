// BoxAnnotatorOHEM: the hardest boxes of each image keep their labels.
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

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

}  // namespace
}  // namespace caffe::test
