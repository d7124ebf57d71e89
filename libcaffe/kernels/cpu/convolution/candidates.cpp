#include "kernels/cpu/convolution/candidates.hpp"

#include <algorithm>

#include "kernels/cpu/convolution/batched.hpp"
#include "kernels/cpu/convolution/depthwise.hpp"
#include "kernels/cpu/convolution/pointwise.hpp"
#include "kernels/cpu/onednn/convolution.hpp"
#include "kernels/cpu/winograd/convolution.hpp"

namespace caffe {

namespace {

// Products; fewer take no longer than a clock's noise.
constexpr int64_t kWorthMeasuring = 1 << 20;
constexpr int64_t kFewChannels = 8;  // of a group, which do not pay for transforms

struct Tile {
  WinogradTile tile;
  int64_t extent;
  ConvolutionCandidate candidate;
};

template <WinogradTile kTile>
std::unique_ptr<Convolution> winograd(const ConvolutionSpec& spec) {
  return winograd_convolution(spec, kTile);
}

ConvolutionCandidate without_transforms(const ConvolutionSpec& spec) {
  if (depthwise_convolution_suits(spec)) return {"depthwise", depthwise_convolution};
  if (batched_convolution_suits(spec)) return {"tiles", batched_convolution};
  return {"onednn", direct_convolution};
}

std::vector<Tile> tiles_that_suit(const ConvolutionSpec& spec) {
  std::vector<Tile> tiles = {
      {WinogradTile::kF4x4, 4, {"winograd4", winograd<WinogradTile::kF4x4>}},
      {WinogradTile::kF5x5, 5, {"winograd5", winograd<WinogradTile::kF5x5>}},
      {WinogradTile::kF6x6, 6, {"winograd6", winograd<WinogradTile::kF6x6>}},
      {WinogradTile::kF2x2, 2, {"winograd2", winograd<WinogradTile::kF2x2>}}};
  std::erase_if(tiles, [&](const Tile& tile) { return !winograd_suits(spec, tile.tile); });
  return tiles;
}

// How many products of a channel with an output the tiles of an image take.
int64_t products(const ConvolutionSpec& spec, const Tile& tile) {
  const auto tiles = [&](int axis) { return (spec.top[axis] + tile.extent - 1) / tile.extent; };
  const int64_t points = tile.extent + spec.kernel[0] - 1;
  return tiles(2) * tiles(3) * points * points;
}

}  // namespace

std::vector<ConvolutionCandidate> convolution_candidates(const ConvolutionSpec& spec) {
  std::vector<ConvolutionCandidate> candidates{without_transforms(spec)};
  if (spec.method == ConvolutionMethod::kDirect) return candidates;
  const bool measured = spec.method == ConvolutionMethod::kMeasured && !spec.training;
  if (measured && spec.top.count() * spec.weights.count(1) < kWorthMeasuring) return candidates;
  if (measured && pointwise_convolution_suits(spec)) {
    candidates.push_back({"pointwise", pointwise_convolution});
  }
  const std::vector<Tile> tiles = tiles_that_suit(spec);
  if (tiles.empty()) return candidates;
  const auto fewer = [&](const Tile& a, const Tile& b) {
    return products(spec, a) < products(spec, b);
  };
  if (spec.method == ConvolutionMethod::kWinograd) {
    // Tiles of 6x6 round most coarsely, and take longer to transform.
    const bool small = fewer(tiles.back(), tiles.front());
    return {(small ? tiles.back() : tiles.front()).candidate};
  }
  if (spec.training) {
    const std::optional<WinogradTile> tile = winograd_for_training(spec);
    for (const Tile& each : tiles) {
      if (tile == each.tile && candidates[0].make == direct_convolution) return {each.candidate};
    }
    return candidates;
  }
  if (spec.transposed) return candidates;
  const int64_t depth = spec.weights[1], outputs = spec.top[1] / spec.group;
  if (std::min(depth, outputs) < kFewChannels) return candidates;
  const int64_t fewest = products(spec, *std::min_element(tiles.begin(), tiles.end(), fewer));
  for (const Tile& tile : tiles) {
    if (products(spec, tile) * 3 <= fewest * 4) candidates.push_back(tile.candidate);
  }
  return candidates;
}

}  // namespace caffe
