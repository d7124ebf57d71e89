// Which row and column of a layer's bottom a row and column of its top is: what fully convolutional
// nets end in, a crop to the pixels of the image, is found by it (J. Long, E. Shelhamer, T.
// Darrell: Fully Convolutional Networks for Semantic Segmentation, CVPR 2015).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "schema/messages.hpp"

namespace caffe {

// Rows and columns of one blob as those of another: x -> scale x + shift.
struct CoordinateMap {
  std::array<double, 2> scale = {1, 1}, shift = {0, 0};
  size_t bottom = 0;  // of a layer's map: whose they are

  // The map that is `inner` first and this one then.
  CoordinateMap after(const CoordinateMap& inner) const;
  CoordinateMap inverse() const;
};

// From a bottom to the top whose windows' middles are its places.
CoordinateMap window_coordinates(std::array<int64_t, 2> extent, std::array<int64_t, 2> stride,
                                 std::array<int64_t, 2> pad);

// Of layers whose top lies on its bottom, place by place.
CoordinateMap same_coordinates(const LayerParameter& param);

}  // namespace caffe
