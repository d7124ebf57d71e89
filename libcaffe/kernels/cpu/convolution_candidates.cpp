#include "kernels/cpu/convolution_candidates.hpp"

#include "kernels/cpu/batched_convolution.hpp"
#include "kernels/cpu/onednn_convolution.hpp"
#include "kernels/cpu/winograd.hpp"

namespace caffe {

namespace {

// What oneDNN cannot do is left to the reference.
std::unique_ptr<Convolution> direct(const ConvolutionSpec& spec) {
  if (auto convolution = onednn_convolution(spec)) return convolution;
  return reference_kernels().convolution(spec);
}

template <WinogradTile kTile>
std::unique_ptr<Convolution> winograd(const ConvolutionSpec& spec) {
  return winograd_convolution(spec, kTile);
}

ConvolutionCandidate without_transforms(const ConvolutionSpec& spec) {
  if (batched_convolution_suits(spec)) return {"tiles", batched_convolution};
  return {"onednn", direct};
}

// Large tiles save more, and waste more where they reach over the top's edge.
ConvolutionCandidate with_transforms(const ConvolutionSpec& spec) {
  const bool small = std::min(spec.top[2], spec.top[3]) <= 4;
  if (small) return {"winograd2", winograd<WinogradTile::kF2x2>};
  return {"winograd4", winograd<WinogradTile::kF4x4>};
}

}  // namespace

std::vector<ConvolutionCandidate> convolution_candidates(const ConvolutionSpec& spec) {
  const bool winograd_fits = winograd_suits(spec, WinogradTile::kF2x2);
  if (spec.method == ConvolutionMethod::kWinograd && winograd_fits) return {with_transforms(spec)};
  std::vector<ConvolutionCandidate> candidates{without_transforms(spec)};
  const bool measured = spec.method == ConvolutionMethod::kMeasured;
  if (!measured || spec.training || spec.transposed || !winograd_fits) return candidates;
  candidates.push_back(with_transforms(spec));
  return candidates;
}

}  // namespace caffe
