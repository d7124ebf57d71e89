// Floats in fewer bytes, on the host.
#pragma once

#include <cstdint>

#include "core/places.hpp"

namespace caffe {

// Bytes that `count` values take, the scales of `rows` rows included.
int64_t encoded_bytes(Encoding encoding, int64_t count, int64_t rows);

// rows x columns values from one encoding to another, one of which is kF32. Halves are rounded to
// the nearest, ties to even; a NaN stays one. In kS8 a float for each row, its scale, lies in front
// of all values: the largest magnitude of the row divided by 127; what is no number becomes 0
// there.
void convert(const void* from, Encoding from_encoding, void* to, Encoding to_encoding, int64_t rows,
             int64_t columns);

}  // namespace caffe
