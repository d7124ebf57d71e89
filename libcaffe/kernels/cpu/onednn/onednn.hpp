// What the CPU backend asks of oneDNN, in words of ours: nothing outside this folder includes its
// headers. In a build without it no_onednn/ stands in for this folder, and has none of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kernels/kernels.hpp"

namespace caffe::onednn {

bool present();
std::string version();  // "3.5.2"; "none" without it

// Null where oneDNN has none.
std::unique_ptr<Convolution> convolution(const ConvolutionSpec& spec);

// y = x times w transposed, plus a bias, on weights packed anew when their version changes.
class PackedProduct {
 public:
  virtual ~PackedProduct() = default;
  virtual void run(const float* x, const float* w, uint64_t version, const float* bias,
                   float* y) = 0;
  virtual std::string implementation() const = 0;
};

// Null where oneDNN has none.
std::unique_ptr<PackedProduct> packed_product(const InnerProductSpec& spec);

// Kernels::gemm, of matrices that are not empty; false, and nothing is done, where oneDNN has none.
bool gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, const float* b, float beta, float* c);

}  // namespace caffe::onednn
