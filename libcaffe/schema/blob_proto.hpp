// BlobProto as the rest of the library wants it: a shape and floats, whatever the file's age.
#pragma once

#include <cstdint>
#include <vector>

#include "schema/messages.hpp"

namespace caffe {

// `shape`, or the four axes of files older than that field.
std::vector<int64_t> blob_shape(const BlobProto& blob);

// Moves values kept as doubles, or as raw bytes (NVIDIA's fork: halves and others), to data and
// diff. Fails with kParse when the bytes do not make whole values.
void use_floats(BlobProto& blob);

// IEEE 754 half precision.
float half_to_float(uint16_t half);

}  // namespace caffe
