// A mask names places of larger planes, as the second top of a MAX pooling does: each an index
// h * W + w within its channel's plane (Upsample, Unpooling).
#pragma once

#include <string>

#include "core/blob.hpp"

namespace caffe {

// Fails unless `mask` has an index of a plane of `top` for each value; `name` is for messages.
// Looks at them on the host.
void check_mask(const Blob& mask, const Shape& top, const std::string& name);

}  // namespace caffe
