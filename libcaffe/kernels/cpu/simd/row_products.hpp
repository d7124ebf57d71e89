// Dot products of some rows of x with some rows of weights, both as they lie. Several rows of
// weights are read side by side: more streams from memory than one core's prefetcher follows for a
// single one, so that few rows of x run at the speed at which memory gives the weights.
#pragma once

#include <cstdint>

namespace caffe {

// Rows of `depth` values; how far apart they begin.
template <class T>
struct StridedRows {
  const T* values;
  int64_t stride;
};

// What a sum is added to: what is there, or a bias for each output, or nothing.
struct SumStart {
  bool add;
  const float* bias;  // may be null
};

struct RowProducts {
  // y[r * y_stride + o] = start + the sum of x's row r times w's row o.
  void (*multiply)(int64_t rows, int64_t outputs, int64_t depth, StridedRows<float> x,
                   StridedRows<float> w, SumStart start, float* y, int64_t y_stride);
  // The same with weights as bf16: the upper halves of floats.
  void (*multiply_bf16)(int64_t rows, int64_t outputs, int64_t depth, StridedRows<float> x,
                        StridedRows<uint16_t> w, SumStart start, float* y, int64_t y_stride);
};

}  // namespace caffe
