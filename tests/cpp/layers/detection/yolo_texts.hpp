// The texts of both YOLO layers, and a map for them.
#pragma once

#include <cmath>
#include <string>

namespace caffe::test {

inline float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

inline const std::string kCounts = "num_classes: 2 num_box: 1 ";

inline const std::string kMasks = "mask_group_num: 1 mask: 1 ";

inline std::string yolo(const std::string& fields, const std::string& counts = kCounts) {
  return "type: 'YoloDetectionOutput' yolo_detection_output_param { biases: 1 biases: 2 " + counts +
         fields + " }";
}

inline std::string yolov3(const std::string& fields, const std::string& counts = kCounts + kMasks) {
  return "type: 'Yolov3DetectionOutput' yolov3_detection_output_param { anchors_scale: 8 "
         "biases: 8 biases: 8 biases: 16 biases: 32 " +
         counts + fields + " }";
}

// A map two places wide: at the first an object in the middle of its cell, at the second none.
inline const Input kMap = {{1, 7, 1, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 2, -9, 1, 0, 3, 0}};

}  // namespace caffe::test
