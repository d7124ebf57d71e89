// Convolution with fewer multiplications: Winograd's (Toom and Cook's) minimal filtering, on tiles
// of the top (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016). For small
// square kernels, stride 1, no dilation, any padding, channels and groups.
#pragma once

#include <memory>

#include "kernels/cpu/simd/simd.hpp"
#include "kernels/cpu/winograd/choice.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// Null when it does not suit.
std::unique_ptr<Convolution> winograd_convolution(const ConvolutionSpec& spec, WinogradTile tile,
                                                  const Simd& set = simd());

}  // namespace caffe
