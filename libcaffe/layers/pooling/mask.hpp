// Values at the places of larger planes that a mask names, as the second top of a MAX pooling does:
// each an index h * W + w within its channel's plane (Upsample, Unpooling).
#pragma once

#include <string>

#include "core/blob.hpp"

namespace caffe {

// Fails unless `mask` has an index of a plane of `top` for each value; `name` is for messages.
void check_mask(const Blob& mask, const Shape& top, const std::string& name);

// Puts each value to its place, the last one of several with one place; all else is 0. Shapes are
// N x C x H x W; the mask's is the values'.
void scatter_by_mask(ConstTensor values, ConstTensor mask, Tensor top);

// The other way: the value at each place.
void gather_by_mask(ConstTensor top, ConstTensor mask, Tensor values);

}  // namespace caffe
