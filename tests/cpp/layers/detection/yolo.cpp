// What both YOLO layers say of nothing, and refuse.
#include <cmath>

#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/detection/yolo_texts.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(yolo_says_when_there_is_nothing) {
  for (const std::string& text :
       {yolo("confidence_threshold: 0.99"), yolov3("confidence_threshold: 0.99")}) {
    LayerRun run(text, {{{2, 7, 1, 1}, {NAN, 0, 0, 0, NAN, 0, 0, 0, 0, 0, 0, 2, 0, NAN}}}, {TEST});
    run.forward();
    CHECK_CLOSE(run.out(), {0, -1, -1, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1, -1});
  }
}

TEST(yolo_refuses_what_does_not_fit) {
  const auto refused = [](Status status, const std::string& part, const std::string& text) {
    CHECK_FAILS(status, part, LayerRun(text, {kMap}));
  };
  refused(Status::kInvalidArgument, "num_classes", "type: 'YoloDetectionOutput'");
  refused(Status::kInvalidArgument, "num_classes", "type: 'Yolov3DetectionOutput'");
  const std::string more_boxes = "num_classes: 2 num_box: 2 ",
                    more_classes = "num_classes: 3 num_box: 1 ";
  refused(Status::kInvalidArgument, "biases is given 2 times", yolo("", more_boxes));
  refused(Status::kUnsupported, "coords: 5", yolo("coords: 5"));
  refused(Status::kShape, "N x 8 x H x W", yolo("", more_classes));
  refused(Status::kShape, "N x 8 x H x W", yolov3("", more_classes + kMasks));
  refused(Status::kUnsupported, "gaussian_box", yolov3("gaussian_box: true"));
  refused(Status::kInvalidArgument, "mask_group_num is 2",
          yolov3("mask_group_num: 2 mask: 0", kCounts));
  refused(Status::kInvalidArgument, "mask is given 1 times", yolov3(kMasks, more_boxes));
  refused(Status::kInvalidArgument, "mask: 7", yolov3("mask_group_num: 1 mask: 7", kCounts));
  refused(Status::kInvalidArgument, "anchors_scale is given 1 times",
          yolov3("mask_group_num: 2 mask: 0 mask: 1", kCounts));
}

}  // namespace
}  // namespace caffe::test
