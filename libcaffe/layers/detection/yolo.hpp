// What the YOLO layers share: boxes by their centres, and rows of detections.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "layers/detection/boxes.hpp"

namespace caffe {

inline float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

struct YoloDetection {
  int64_t label;  // from 0 on
  float score;
  Box box;
};

inline Box box_around(float x, float y, float width, float height) {
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

// Fails unless the map has, for each of `boxes` anchors, a box, its objectness and the scores of
// `classes`; `name` is how messages call it.
void check_yolo_map(const Blob& map, const std::string& name, int64_t boxes, int64_t classes);

// Writes rows [0, label + 1, score, xmin, ymin, xmax, ymax], best first, of those that overlap no
// better one by `threshold` or more, whatever their labels; when there are none, rows [image, -1,
// -1, ...] for each of `images`.
void write_yolo_rows(const std::vector<YoloDetection>& found, float threshold, int64_t images,
                     Blob& top);

}  // namespace caffe
