// Crop layers whose offset is not written down but follows from the net: the CROP of the first
// fully convolutional nets (J. Long, E. Shelhamer, T. Darrell: Fully Convolutional Networks for
// Semantic Segmentation, CVPR 2015).
#pragma once

#include <string>

#include "schema/messages.hpp"

namespace caffe {

// Writes the axis and offset of Crop layers that say offset_from_graph, and in nets of the dialects
// hed, fcn and ccnn of those that have no crop_param: the place of the first bottom that the
// second's first row and column correspond to. Both bottoms are followed back, always to the first
// bottom of a layer, up to the blob they come from; a window's place is its middle. Fails when
// there is no such blob, when a layer on the way does not map rows and columns, and when the offset
// is no whole number, is negative, or the two have not the same scale. In other nets a Crop without
// crop_param begins at 0; a warning says where the two meanings differ. `param` has no layers but
// the net's own, and no splits.
void write_crop_offsets(NetParameter& param, const std::string& dialect, const std::string& source);

}  // namespace caffe
