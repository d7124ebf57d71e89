#include "kernels/cpu/winograd.hpp"

#include <algorithm>

namespace caffe {

bool winograd_suits(const ConvolutionSpec& spec, WinogradTile tile) {
  const auto all = [](const std::vector<int64_t>& values, int64_t value) {
    return values.size() == 2 && values[0] == value && values[1] == value;
  };
  if (spec.bottom.count() == 0 || spec.top.count() == 0) return false;
  if (!all(spec.stride, 1) || !all(spec.dilation, 1)) return false;
  return all(spec.kernel, 3) || (all(spec.kernel, 5) && tile != WinogradTile::kF6x6);
}

std::unique_ptr<Convolution> winograd_convolution(const ConvolutionSpec&, WinogradTile) {
  return nullptr;
}

}  // namespace caffe
