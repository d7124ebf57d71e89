// Convolution with 1x1 kernels, for inference, by tiles of our own: their rows are places of the
// top, which may lie anywhere, so that joint channels and strides need no copies. Weights are
// packed in panels as wide as a tile, and whichever of the two operands is the larger one is gone
// through once.
#pragma once

#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

bool pointwise_convolution_suits(const ConvolutionSpec& spec);

// For one that suits.
std::unique_ptr<Convolution> pointwise_convolution(const ConvolutionSpec& spec);

}  // namespace caffe
