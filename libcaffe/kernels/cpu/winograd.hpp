// Convolution with fewer multiplications: Winograd's (Toom and Cook's) minimal filtering, on tiles
// of the top. For small square kernels, stride 1, no dilation, any padding, channels and groups.
#pragma once

#include <memory>
#include <optional>

#include "kernels/cpu/isa.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// How much of the top a tile covers. Larger ones save more multiplications and round more coarsely:
// for 3x3 kernels 2x2 tiles save 2.25, 4x4 tiles 4, 6x6 tiles 5.06 of them for each one done, for
// 5x5 kernels 2.78 and 6.25. Against the largest sum of magnitudes |b| + sum |w| |x|, which the
// error of a plain sum is in proportion to as well, all keep within 2e-5, 2x2 tiles within 4e-6.
enum class WinogradTile { kF2x2, kF4x4, kF6x6 };

bool winograd_suits(const ConvolutionSpec& spec, WinogradTile tile);

// The tile to train with: by shapes only, never by measurement, so that a training can be repeated
// to the bit. None when direct products would be as fast.
std::optional<WinogradTile> winograd_for_training(const ConvolutionSpec& spec);

// Null when it does not suit.
std::unique_ptr<Convolution> winograd_convolution(const ConvolutionSpec& spec, WinogradTile tile,
                                                  Isa isa = machine_isa());

}  // namespace caffe
