// Convolution of batches with few channels, by tiles of our own: the rows of a tile are the same
// place of several images.
#pragma once

#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

// Null when it would not be faster than oneDNN's, or this machine has no tiles.
std::unique_ptr<Convolution> batched_convolution(const ConvolutionSpec& spec);

}  // namespace caffe
