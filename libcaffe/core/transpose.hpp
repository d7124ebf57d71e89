// The transpose of a matrix of floats: what turns one layout into another.
#pragma once

#include <cstdint>

namespace caffe {

// out[column * out_stride + row] = in[row * in_stride + column], on the calling thread.
void transpose(const float* in, int64_t in_stride, int64_t rows, int64_t columns, float* out,
               int64_t out_stride);

}  // namespace caffe
