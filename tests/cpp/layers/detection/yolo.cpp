// layers/detection/yolo_detection_output.cpp and yolov3_detection_output.cpp
#include <cmath>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

const std::string kCounts = "num_classes: 2 num_box: 1 ";
const std::string kMasks = "mask_group_num: 1 mask: 1 ";

std::string yolo(const std::string& fields, const std::string& counts = kCounts) {
  return "type: 'YoloDetectionOutput' yolo_detection_output_param { biases: 1 biases: 2 " + counts +
         fields + " }";
}

std::string yolov3(const std::string& fields, const std::string& counts = kCounts + kMasks) {
  return "type: 'Yolov3DetectionOutput' yolov3_detection_output_param { anchors_scale: 8 "
         "biases: 8 biases: 8 biases: 16 biases: 32 " +
         counts + fields + " }";
}

// A map two places wide: at the first an object in the middle of its cell, at the second none.
const Input kMap = {{1, 7, 1, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 2, -9, 1, 0, 3, 0}};

TEST(yolo_takes_the_best_class) {
  LayerRun run(yolo(""), {kMap}, {TEST});
  run.forward();
  const float score = sigmoid(2) * sigmoid(2);  // of two classes 2 apart
  CHECK_CLOSE(run.out(), {0, 2, score, 0, -0.5f, 0.5f, 1.5f});
}

TEST(yolov3_takes_every_class) {
  LayerRun run(yolov3("nms_threshold: 1.1 confidence_threshold: 0.1"), {kMap}, {TEST});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 2, sigmoid(2) * sigmoid(3), -0.25f, -1.5f, 0.75f, 2.5f,  //
                          0, 1, sigmoid(2) * sigmoid(1), -0.25f, -1.5f, 0.75f, 2.5f});
  LayerRun one(yolov3("nms_threshold: 1 confidence_threshold: 0.1"), {kMap}, {TEST});
  one.forward();
  CHECK_EQ(one.top(0).shape(), (Shape{1, 1, 1, 7}));
}

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
