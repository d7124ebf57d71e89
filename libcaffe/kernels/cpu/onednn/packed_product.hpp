// y = x times w transposed, plus a bias, by oneDNN's inner product on packed weights, the same for
// any number of threads: oneDNN splits sums as it has threads, so each of its calls gets one thread
// here, and some outputs whose number depends on shapes only.
#pragma once

#include <optional>
#include <vector>

#include "kernels/cpu/onednn/primitives.hpp"
#include "kernels/kernels.hpp"

namespace caffe::onednn {

class PackedProduct {
 public:
  explicit PackedProduct(const InnerProductSpec& spec);

  void run(const float* x, const float* w, uint64_t version, const float* bias, float* y);
  std::string implementation() const { return calls_[0].desc.impl_info_str(); }

 private:
  // A call for some outputs.
  struct Call {
    Call(const InnerProductSpec& spec, int64_t first, int64_t outputs);
    void run(const float* x, const dnnl::memory& weights, const float* bias, float* y) const;

    int64_t first, outputs;
    dnnl::memory::desc bottom, plain_weights, bias, top;
    dnnl::inner_product_forward::primitive_desc desc;
    dnnl::inner_product_forward primitive;
  };

  void run_call(size_t index, const float* x, const float* bias, float* y);

  const InnerProductSpec spec_;
  std::vector<Call> calls_;
  std::vector<PackedWeights> packed_;
  std::vector<dnnl::memory> weights_;
  std::vector<float> tops_;  // each call's, one behind the other
};

}  // namespace caffe::onednn
