// Convolution of each channel with a kernel of its own (as many groups as channels and outputs),
// for inference, on channels-last rows.
#pragma once

#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

bool depthwise_convolution_suits(const ConvolutionSpec& spec);

// For one that suits.
std::unique_ptr<Convolution> depthwise_convolution(const ConvolutionSpec& spec);

}  // namespace caffe
