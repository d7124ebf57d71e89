#include "kernels/cpu/winograd/choice.hpp"

#include <algorithm>
#include <limits>

#include "kernels/cpu/simd/winograd_loops.hpp"
#include "kernels/cpu/winograd/tiles.hpp"

namespace caffe {

namespace {

constexpr int64_t kFewChannels = 8;  // of a group, which do not pay for transforms

// How many products of a channel with an output the tiles of an image take.
int64_t products(const ConvolutionSpec& spec, WinogradTile tile) {
  const int64_t size = winograd_outputs(tile), points = size + spec.kernel[0] - 1;
  return divide_up(spec.top[2], size) * divide_up(spec.top[3], size) * points * points;
}

}  // namespace

int64_t winograd_outputs(WinogradTile tile) {
  switch (tile) {
    case WinogradTile::kF2x2:
      return 2;
    case WinogradTile::kF4x4:
      return 4;
    case WinogradTile::kF5x5:
      return 5;
    case WinogradTile::kF6x6:
      break;
  }
  return 6;
}

bool winograd_suits(const ConvolutionSpec& spec, WinogradTile tile) {
  const auto all = [](const std::vector<int64_t>& values, int64_t value) {
    return values.size() == 2 && values[0] == value && values[1] == value;
  };
  if (spec.bottom.count() == 0 || spec.top.count() == 0) return false;
  if (!all(spec.stride, 1) || !all(spec.dilation, 1)) return false;
  if (spec.pad.size() != 2) return false;
  return all(spec.kernel, 3) || (all(spec.kernel, 5) && winograd_outputs(tile) <= 4);
}

std::optional<WinogradTile> winograd_tile(const ConvolutionSpec& spec) {
  constexpr WinogradTile kSmall = WinogradTile::kF2x2, kLarge = WinogradTile::kF4x4;
  if (!winograd_suits(spec, kSmall)) return std::nullopt;
  // Tiles of 6x6 round most coarsely, and take longer to transform.
  return products(spec, kSmall) < products(spec, kLarge) ? kSmall : kLarge;
}

std::optional<WinogradTile> winograd_for_training(const ConvolutionSpec& spec) {
  if (!winograd_suits(spec, WinogradTile::kF2x2)) return std::nullopt;
  const double channels = static_cast<double>(spec.weights[1]);
  const double outputs = static_cast<double>(spec.top[1] / spec.group);
  if (channels < kWinogradBlock || outputs < kWinogradBlock) return std::nullopt;
  // In products of a channel with an output: a transform of a tile's point or of a value of the
  // weights takes as long as some of them.
  constexpr double kTransform = 10, kWeight = 20;
  const double plane = static_cast<double>(spec.weights.count(2));
  std::optional<WinogradTile> best;
  double least = 0.8 * static_cast<double>(spec.top[0] * spec.top.count(2)) * plane;
  for (const WinogradTile tile : {WinogradTile::kF4x4, WinogradTile::kF5x5, WinogradTile::kF2x2}) {
    const WinogradGrid grid(spec.top[0], WinogradPlane{spec.top[2], spec.top[3]},
                            winograd_outputs(tile));
    if (!winograd_suits(spec, tile)) continue;
    const double n = static_cast<double>(winograd_outputs(tile) + spec.kernel[0] - 1);
    const double products = static_cast<double>(grid.tiles) * n * n;
    const double cost =
        products * (1 + kTransform / channels + kTransform / outputs) + kWeight * plane;
    if (cost < least) least = cost, best = tile;
  }
  return best;
}

bool winograd_contends(const ConvolutionSpec& spec, WinogradTile tile) {
  if (spec.transposed || !winograd_suits(spec, tile)) return false;
  if (std::min(spec.weights[1], spec.top[1] / spec.group) < kFewChannels) return false;
  int64_t fewest = std::numeric_limits<int64_t>::max();
  for (const WinogradTile each :
       {WinogradTile::kF2x2, WinogradTile::kF4x4, WinogradTile::kF5x5, WinogradTile::kF6x6}) {
    if (winograd_suits(spec, each)) fewest = std::min(fewest, products(spec, each));
  }
  return products(spec, tile) * 3 <= fewest * 4;
}

}  // namespace caffe
