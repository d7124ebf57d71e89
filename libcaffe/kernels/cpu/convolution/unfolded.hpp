// Any convolution as matrix products, for what nothing else computes: the places of the bottom
// under each place of the top are laid out as a row ("im2col", Chellapilla, Puri and Simard, High
// Performance Convolutional Neural Networks for Document Processing, 2006), in channels-last order,
// where the channels of a place are a run. Results are the same for any number of threads.
#pragma once

#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

// Not where there are no values, or more than eight axes of space.
bool unfolded_convolution_suits(const ConvolutionSpec& spec);

// For one that suits.
std::unique_ptr<Convolution> unfolded_convolution(const ConvolutionSpec& spec);

}  // namespace caffe
