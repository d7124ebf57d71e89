// Convolution by oneDNN on channels-last replicas, weights in the order each primitive likes.
#pragma once

#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

// Null where oneDNN has none.
std::unique_ptr<Convolution> onednn_convolution(const ConvolutionSpec& spec);

// oneDNN's, or the reference's.
std::unique_ptr<Convolution> direct_convolution(const ConvolutionSpec& spec);

}  // namespace caffe
