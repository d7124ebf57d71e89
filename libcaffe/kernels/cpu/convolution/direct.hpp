// The plain sum, for any convolution: oneDNN's where it has one, else ours by unfolding, else the
// reference's.
#pragma once

#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

std::unique_ptr<Convolution> direct_convolution(const ConvolutionSpec& spec);

}  // namespace caffe
