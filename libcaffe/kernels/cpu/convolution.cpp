// Who computes a convolution.
#include "kernels/cpu/convolution/candidates.hpp"
#include "kernels/cpu/convolution/measured.hpp"
#include "kernels/cpu/cpu.hpp"

namespace caffe {

std::unique_ptr<Convolution> CpuKernels::convolution(const ConvolutionSpec& spec) {
  std::vector<ConvolutionCandidate> candidates = convolution_candidates(spec);
  if (candidates.size() == 1) return candidates[0].make(spec);
  return measured_convolution(spec, std::move(candidates));
}

}  // namespace caffe
