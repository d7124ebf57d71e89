// YoloDetectionOutput: the best class of a box by hand.
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/detection/yolo_texts.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(yolo_takes_the_best_class) {
  LayerRun run(yolo(""), {kMap}, {TEST});
  run.forward();
  const float score = sigmoid(2) * sigmoid(2);  // of two classes 2 apart
  CHECK_CLOSE(run.out(), {0, 2, score, 0, -0.5f, 0.5f, 1.5f});
}

}  // namespace
}  // namespace caffe::test
