// Convolution of batches with few channels, by tiles of our own: the rows of a tile are the same
// place of several images.
#pragma once

#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

// Whether it is faster than oneDNN's, on a machine that has tiles.
bool batched_convolution_suits(const ConvolutionSpec& spec);

// For one that suits.
std::unique_ptr<Convolution> batched_convolution(const ConvolutionSpec& spec);

}  // namespace caffe
