// Which convolutions Winograd's filtering is for, and on tiles of which size.
#pragma once

#include <optional>

#include "kernels/kernels.hpp"

namespace caffe {

// How much of the top a tile covers. For each of its products a 3x3 kernel directly takes 2.25 with
// tiles of 2x2, 4 with 4x4, 4.59 with 5x5 and 5.06 with 6x6, a 5x5 kernel 2.78 and 6.25 with the
// first two; what of a tile lies outside is computed in vain. Larger ones round more coarsely: of
// the largest sum of magnitudes |b| + sum |w| |x|, which the error of a plain sum is in proportion
// to as well, those of 2x2 err by 1e-5 at most, the others by 2e-5.
enum class WinogradTile { kF2x2, kF4x4, kF5x5, kF6x6 };

// Along an axis.
int64_t winograd_outputs(WinogradTile tile);

bool winograd_suits(const ConvolutionSpec& spec, WinogradTile tile);

// The tile for a user who wants Winograd's wherever it can be; none where it cannot.
std::optional<WinogradTile> winograd_tile(const ConvolutionSpec& spec);

// The tile to train with: by shapes only, never by measurement, so that a training can be repeated
// to the bit. None when direct products would be as fast.
std::optional<WinogradTile> winograd_for_training(const ConvolutionSpec& spec);

// Whether measuring, in inference, might find the tile to be the fastest.
bool winograd_contends(const ConvolutionSpec& spec, WinogradTile tile);

}  // namespace caffe
