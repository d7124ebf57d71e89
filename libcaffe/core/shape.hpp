// The extents of a blob along its axes, outermost first (N x C x H x W for images).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

namespace caffe {

class Shape {
 public:
  static constexpr int kMaxAxes = 32;

  Shape() = default;  // no axes: a scalar, one value
  Shape(std::initializer_list<int64_t> dims) : Shape(std::vector<int64_t>(dims)) {}
  explicit Shape(std::vector<int64_t> dims);  // fails on negative extents and on overflow

  int axes() const { return static_cast<int>(dims_.size()); }
  const std::vector<int64_t>& dims() const { return dims_; }
  int64_t operator[](int axis) const { return dims_[static_cast<size_t>(axis)]; }

  // `axis` counted from the front; negative ones count from the back (-1 is the last). Fails when
  // out of range.
  int canonical_axis(int axis) const;
  // The extent along `axis`, negative axes allowed.
  int64_t dim(int axis) const { return (*this)[canonical_axis(axis)]; }

  // The number of values: of all axes, of those from `begin` on, of [begin, end).
  int64_t count() const { return count_; }
  int64_t count(int begin) const { return count(begin, axes()); }
  int64_t count(int begin, int end) const;

  // num, channels, height, width of a shape of at most four axes, missing ones 1.
  int64_t legacy(int index) const;

  // "2 3 6 6 (216)", as Caffe's log prints it.
  std::string to_string() const;

  bool operator==(const Shape& other) const { return dims_ == other.dims_; }

 private:
  std::vector<int64_t> dims_;
  int64_t count_ = 1;
};

inline std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << shape.to_string();
}

}  // namespace caffe
