// What follows a convolution's sums (ConvolutionSpec says what that may be): its operands, and
// loops for what was not done together with the sums.
#pragma once

#include "kernels/kernels.hpp"

namespace caffe {

// A channels-last operand each, or null.
struct Epilogue {
  Activation activation;
  const float *addend = nullptr, *slopes = nullptr;

  Epilogue() = default;
  Epilogue(const ConvolutionSpec& spec, const FusedOperands& fused);
};

// The shape of the blob that has a convolution's results among its channels, or as all of them.
Shape joint_shape(const ConvolutionSpec& spec);

// Where the results of a convolution go: rows of spec.top[1] channels, `pitch` floats apart.
struct ResultRows {
  float* first;
  int64_t pitch;

  ResultRows(float* first, int64_t pitch) : first(first), pitch(pitch) {}
  // In y, which is written, or of which some channels are.
  ResultRows(const ConvolutionSpec& spec, const Tensor& y);
};

// Row by row: results = activation(sums + addend). Sums and addend lie densely; the sums may lie
// where the results go.
void finish(const Epilogue& epilogue, const float* sums, int64_t rows, int64_t channels,
            const ResultRows& results);

// values = activation(values + addend), of some channels of a row.
void finish_values(const Epilogue& epilogue, const float* addend, const float* slopes,
                   int64_t count, float* values);

}  // namespace caffe
