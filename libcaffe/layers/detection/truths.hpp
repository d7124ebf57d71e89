// Ground truth of detection nets: the boxes where objects are.
#pragma once

#include <string>
#include <vector>

#include "layers/detection/boxes.hpp"

namespace caffe {

struct Truth {
  int64_t image, label;
  bool difficult;  // hard to see
  Box box;
};

struct TruthRange {
  int64_t images;      // INT64_MAX when nobody knows
  int64_t classes;     // labels are less
  int64_t background;  // no label is this one
};

// Fails unless a blob of this shape can hold ground truth.
void check_truth_shape(const Shape& shape, const std::string& name);

// What a blob 1 x 1 x boxes x 8 with rows [image, label, instance, xmin, ymin, xmax, ymax,
// difficult] says, in the order of the images; rows of image -1 hold nothing. Fails, naming the
// row, for an image or label out of range.
std::vector<Truth> read_truths(const Blob& blob, const std::string& name, const TruthRange& range);

}  // namespace caffe
