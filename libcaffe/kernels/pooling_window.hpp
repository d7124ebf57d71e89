// Where a pooling window lies: shared by every backend's loops.
#pragma once

#include <algorithm>
#include <cstdint>

namespace caffe {

// The part of window `index` within the image along one axis, [begin, end), and how many places of
// it lie within the image and its padding (`extent`, the average's divisor along this axis).
struct PoolingWindow {
  int64_t begin, end, extent;

  PoolingWindow(int64_t index, int64_t kernel, int64_t stride, int64_t pad, int64_t size) {
    const int64_t first = index * stride - pad;
    const int64_t last = std::min(first + kernel, size + pad);
    begin = std::max<int64_t>(first, 0);
    end = std::max(begin, std::min(last, size));
    extent = std::max<int64_t>(last - first, 0);
  }

  bool empty() const { return begin == end; }
};

// The average's divisor, at least 1: a product that 64 bits may not hold.
inline double average_divisor(const PoolingWindow& rows, const PoolingWindow& columns) {
  return std::max(static_cast<double>(rows.extent) * static_cast<double>(columns.extent), 1.0);
}

}  // namespace caffe
