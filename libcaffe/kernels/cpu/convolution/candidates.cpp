#include "kernels/cpu/convolution/candidates.hpp"

#include <algorithm>

#include "kernels/cpu/convolution/batched.hpp"
#include "kernels/cpu/convolution/depthwise.hpp"
#include "kernels/cpu/convolution/direct.hpp"
#include "kernels/cpu/convolution/pointwise.hpp"
#include "kernels/cpu/winograd/convolution.hpp"

namespace caffe {

namespace {

// Products; fewer take no longer than a clock's noise.
constexpr int64_t kWorthMeasuring = 1 << 20;

template <WinogradTile kTile>
std::unique_ptr<Convolution> winograd(const ConvolutionSpec& spec) {
  return winograd_convolution(spec, kTile);
}

bool any(const ConvolutionSpec&) {
  return true;
}

struct Row {
  ConvolutionCandidate candidate;
  bool (*suits)(const ConvolutionSpec& spec);
};

// By plain sums, each better where it suits than those below it, and the last for any convolution.
constexpr Row kPlain[] = {
    {{"depthwise", depthwise_convolution}, depthwise_convolution_suits},
    {{"tiles", batched_convolution}, batched_convolution_suits},
    {{"direct", direct_convolution}, any},
};

// What may be faster than that in inference, where it suits: measuring tells.
constexpr Row kContenders[] = {
    {{"pointwise", pointwise_convolution}, pointwise_convolution_suits},
};

// With fewer products; these contend, too, and rules choose among them where nothing is measured.
struct TileRow {
  ConvolutionCandidate candidate;
  WinogradTile tile;
};
constexpr TileRow kTiles[] = {
    {{"winograd4", winograd<WinogradTile::kF4x4>}, WinogradTile::kF4x4},
    {{"winograd5", winograd<WinogradTile::kF5x5>}, WinogradTile::kF5x5},
    {{"winograd6", winograd<WinogradTile::kF6x6>}, WinogradTile::kF6x6},
    {{"winograd2", winograd<WinogradTile::kF2x2>}, WinogradTile::kF2x2},
};

ConvolutionCandidate plain_one(const ConvolutionSpec& spec) {
  const auto suits = [&](const Row& row) { return row.suits(spec); };
  return std::find_if(std::begin(kPlain), std::end(kPlain), suits)->candidate;
}

ConvolutionCandidate one_of_tile(WinogradTile tile) {
  const auto has = [&](const TileRow& row) { return row.tile == tile; };
  return std::find_if(std::begin(kTiles), std::end(kTiles), has)->candidate;
}

}  // namespace

std::vector<ConvolutionCandidate> convolution_candidates(const ConvolutionSpec& spec) {
  const ConvolutionCandidate plain = plain_one(spec);
  if (spec.method == ConvolutionMethod::kDirect) return {plain};
  if (spec.method == ConvolutionMethod::kWinograd) {
    const std::optional<WinogradTile> tile = winograd_tile(spec);
    return {tile ? one_of_tile(*tile) : plain};
  }
  if (spec.training) {
    const std::optional<WinogradTile> tile = winograd_for_training(spec);
    return {tile && plain.make == direct_convolution ? one_of_tile(*tile) : plain};
  }
  std::vector<ConvolutionCandidate> candidates{plain};
  if (spec.top.count() * spec.weights.count(1) < kWorthMeasuring) return candidates;
  for (const Row& row : kContenders) {
    if (row.suits(spec)) candidates.push_back(row.candidate);
  }
  for (const TileRow& row : kTiles) {
    if (winograd_contends(spec, row.tile)) candidates.push_back(row.candidate);
  }
  return candidates;
}

}  // namespace caffe
