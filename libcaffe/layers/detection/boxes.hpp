// Boxes of detection nets: sizes, overlaps, and predictions that are offsets from prior boxes.
#pragma once

#include <algorithm>
#include <string>

#include "core/blob.hpp"
#include "schema/messages.hpp"

namespace caffe {

// Mostly in parts of the image's sides: 0 is its left or upper edge, 1 the right or lower one.
struct Box {
  float xmin = 0, ymin = 0, xmax = 0, ymax = 0;
};

inline Box load_box(const float* values) {
  return {values[0], values[1], values[2], values[3]};
}

inline float width(const Box& box) {
  return box.xmax - box.xmin;
}
inline float height(const Box& box) {
  return box.ymax - box.ymin;
}

// 0 for a box that ends before it starts.
inline float area(const Box& box) {
  return box.xmax < box.xmin || box.ymax < box.ymin ? 0 : width(box) * height(box);
}

// The area two boxes share, over that of both together.
inline float overlap(const Box& a, const Box& b) {
  const float shared_width = std::min(a.xmax, b.xmax) - std::max(a.xmin, b.xmin);
  const float shared_height = std::min(a.ymax, b.ymax) - std::max(a.ymin, b.ymin);
  if (!(shared_width > 0 && shared_height > 0)) return 0;
  const float shared = shared_width * shared_height;
  return shared / (area(a) + area(b) - shared);
}

// Prior boxes and their variances as PriorBox writes them: 1 x 2 x 4 count.
class Priors {
 public:
  // How many a blob of this shape holds; fails, calling it `name`, when its shape is another.
  static int64_t count_of(const Shape& shape, const std::string& name);

  explicit Priors(const Blob& blob)
      : values_(blob.data().read()), count_(blob.shape().count() / 8) {}

  int64_t count() const { return count_; }
  Box operator[](int64_t i) const { return load_box(values_ + 4 * i); }
  const float* variance(int64_t i) const { return values_ + 4 * (count_ + i); }

 private:
  const float* values_;
  int64_t count_;
};

// How a box is written as four offsets from a prior:
//
//   CORNER       the distances of the corners
//   CENTER_SIZE  the distance of the centres in sides of the prior, the logarithms of how many
//                times as large the sides are
//   CORNER_SIZE  the distances of the corners in sides of the prior
//
// each divided by its variance, unless the predictions have the variances in them already.
class BoxCode {
 public:
  // Fails, naming `field`, for a type that is none of the three.
  BoxCode(PriorBoxParameter::CodeType type, bool plain, const char* field);

  // Fails when offsets from a prior of this list mean nothing: the code divides by a side that is
  // not greater than 0 or, when boxes are to be encoded, by such a variance.
  void check(const Priors& priors, const std::string& name, bool encode) const;

  Box decode(const Priors& priors, int64_t prior, const float* offsets) const;
  // What decode() makes into `box`; as four offsets, not a box.
  Box encode(const Priors& priors, int64_t prior, const Box& box) const;

 private:
  PriorBoxParameter::CodeType type_;
  bool plain_;  // the variances take no part
};

}  // namespace caffe
