// The answers of a build without oneDNN: it has none of what onednn/onednn.hpp asks for.
#include "kernels/cpu/onednn/onednn.hpp"

namespace caffe::onednn {

bool present() {
  return false;
}

std::string version() {
  return "none";
}

std::unique_ptr<Convolution> convolution(const ConvolutionSpec&) {
  return nullptr;
}

std::unique_ptr<PackedProduct> packed_product(const InnerProductSpec&) {
  return nullptr;
}

bool gemm(bool, bool, int64_t, int64_t, int64_t, float, const float*, const float*, float, float*) {
  return false;
}

}  // namespace caffe::onednn
