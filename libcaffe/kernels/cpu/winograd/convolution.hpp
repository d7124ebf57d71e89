// Convolution with fewer multiplications: Winograd's (Toom and Cook's) minimal filtering, on tiles
// of the top. For small square kernels, stride 1, no dilation, any padding, channels and groups.
#pragma once

#include <memory>
#include <optional>

#include "kernels/cpu/simd/simd.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// How much of the top a tile covers. For each of its products a 3x3 kernel directly takes 2.25 with
// tiles of 2x2, 4 with 4x4, 4.59 with 5x5 and 5.06 with 6x6, a 5x5 kernel 2.78 and 6.25 with the
// first two; what of a tile lies outside is computed in vain. Larger ones round more coarsely: of
// the largest sum of magnitudes |b| + sum |w| |x|, which the error of a plain sum is in proportion
// to as well, those of 2x2 err by 1e-5 at most, the others by 2e-5.
enum class WinogradTile { kF2x2, kF4x4, kF5x5, kF6x6 };

bool winograd_suits(const ConvolutionSpec& spec, WinogradTile tile);

// The tile to train with: by shapes only, never by measurement, so that a training can be repeated
// to the bit. None when direct products would be as fast.
std::optional<WinogradTile> winograd_for_training(const ConvolutionSpec& spec);

// Null when it does not suit.
std::unique_ptr<Convolution> winograd_convolution(const ConvolutionSpec& spec, WinogradTile tile,
                                                  const Simd& set = simd());

}  // namespace caffe
