// Who computes a convolution. What oneDNN cannot do is left to the reference.
#include "kernels/cpu/batched_convolution.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/onednn_convolution.hpp"

namespace caffe {

std::unique_ptr<Convolution> CpuKernels::convolution(const ConvolutionSpec& spec) {
  if (auto batched = batched_convolution(spec)) return batched;
  if (auto convolution = onednn_convolution(spec)) return convolution;
  return ReferenceKernels::convolution(spec);
}

}  // namespace caffe
