// Yolov3DetectionOutput: every class of a box by hand.
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/detection/yolo_texts.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(yolov3_takes_every_class) {
  LayerRun run(yolov3("nms_threshold: 1.1 confidence_threshold: 0.1"), {kMap}, {TEST});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 2, sigmoid(2) * sigmoid(3), -0.25f, -1.5f, 0.75f, 2.5f,  //
                          0, 1, sigmoid(2) * sigmoid(1), -0.25f, -1.5f, 0.75f, 2.5f});
  LayerRun one(yolov3("nms_threshold: 1 confidence_threshold: 0.1"), {kMap}, {TEST});
  one.forward();
  CHECK_EQ(one.top(0).shape(), (Shape{1, 1, 1, 7}));
}

}  // namespace
}  // namespace caffe::test
