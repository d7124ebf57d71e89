// A bottom that holds regions of interest: rows of (image in the batch, x1, y1, x2, y2).
#pragma once

#include <string>

#include "core/blob.hpp"

namespace caffe {

// Fails unless `blob` has rows of five values; `name` is how messages call it.
void check_shape_of_rois(const Blob& blob, const std::string& name);

// Fails when an image is none of 0 .. images - 1, or a coordinate is not finite. Looks at them on
// the host, where they are made.
void check_rois(const Blob& blob, const std::string& name, int64_t images);

}  // namespace caffe
