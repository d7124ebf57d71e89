// A bottom that holds regions of interest: rows of (image in the batch, x1, y1, x2, y2).
#pragma once

#include <string>

#include "core/blob.hpp"

namespace caffe {

class Rois {
 public:
  // Fails unless `blob` has rows of five values; `name` is how messages call it.
  static void check_shape(const Blob& blob, const std::string& name);

  // Fails when an image is none of 0 .. images - 1, or a coordinate is not finite.
  Rois(const Blob& blob, const std::string& name, int64_t images);

  int64_t count() const { return count_; }
  int64_t image(int64_t i) const { return static_cast<int64_t>(values_[i * 5]); }
  float x1(int64_t i) const { return values_[i * 5 + 1]; }
  float y1(int64_t i) const { return values_[i * 5 + 2]; }
  float x2(int64_t i) const { return values_[i * 5 + 3]; }
  float y2(int64_t i) const { return values_[i * 5 + 4]; }

 private:
  const float* values_;
  int64_t count_;
};

}  // namespace caffe
