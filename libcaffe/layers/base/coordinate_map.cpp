#include "layers/base/coordinate_map.hpp"

namespace caffe {

CoordinateMap CoordinateMap::after(const CoordinateMap& inner) const {
  CoordinateMap map;
  for (size_t i = 0; i < 2; ++i) {
    map.scale[i] = scale[i] * inner.scale[i];
    map.shift[i] = scale[i] * inner.shift[i] + shift[i];
  }
  return map;
}

CoordinateMap CoordinateMap::inverse() const {
  CoordinateMap map;
  for (size_t i = 0; i < 2; ++i) {
    map.scale[i] = 1 / scale[i];
    map.shift[i] = -shift[i] / scale[i];
  }
  return map;
}

CoordinateMap window_coordinates(std::array<int64_t, 2> extent, std::array<int64_t, 2> stride,
                                 std::array<int64_t, 2> pad) {
  CoordinateMap map;
  for (size_t i = 0; i < 2; ++i) {
    const auto step = static_cast<double>(stride[i]);
    map.scale[i] = 1 / step;
    map.shift[i] = (static_cast<double>(pad[i]) - static_cast<double>(extent[i] - 1) / 2) / step;
  }
  return map;
}

CoordinateMap same_coordinates(const LayerParameter&) {
  return {};
}

}  // namespace caffe
