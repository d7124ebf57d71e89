#include "kernels/cpu/convolution/direct.hpp"

#include "kernels/cpu/convolution/unfolded.hpp"
#include "kernels/cpu/onednn/onednn.hpp"

namespace caffe {

std::unique_ptr<Convolution> direct_convolution(const ConvolutionSpec& spec) {
  if (auto convolution = onednn::convolution(spec)) return convolution;
  if (unfolded_convolution_suits(spec)) return unfolded_convolution(spec);
  return reference_kernels().convolution(spec);
}

}  // namespace caffe
