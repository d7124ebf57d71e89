// How the values of a blob lie in memory, in either order: seen from one of its axes, and axis by
// axis.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "core/places.hpp"
#include "core/shape.hpp"

namespace caffe {

// A blob seen as outer x channels x inner, whatever the axis in the middle stands for.
struct ChannelView {
  int64_t outer = 1, channels = 1, inner = 1;
};

// The values at `place`, with `axis` in the middle: what lies before it in memory is outer, what
// lies behind it inner.
inline ChannelView order_at(Place place, const Shape& shape, int axis = 1) {
  if (!place.channels_last() || axis == 0 || shape.axes() < 3) {
    return {shape.count(0, axis), shape[axis], shape.count(axis + 1)};
  }
  if (axis == 1) return {shape[0] * shape.count(2), shape[1], 1};
  return {shape[0] * shape.count(2, axis), shape[axis], shape.count(axis + 1) * shape[1]};
}

// The axes from the outermost to the innermost.
inline std::vector<int> axes_at(Place place, int axes) {
  std::vector<int> order(static_cast<size_t>(axes));
  std::iota(order.begin(), order.end(), 0);
  if (place.channels_last() && axes > 2) {
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  }
  return order;
}

}  // namespace caffe
