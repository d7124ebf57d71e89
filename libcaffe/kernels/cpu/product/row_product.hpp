// The inner product's forward by rows as they lie (simd/row_products.hpp), with the weights that
// users see, or with a copy of them as bf16 of half the size: a few rows take as long as memory
// takes to give the weights.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/kernels.hpp"

namespace caffe {

class RowProduct {
 public:
  // y = x times w transposed, plus bias (may be null).
  void run(const InnerProductSpec& spec, const float* x, const float* w, const float* bias,
           float* y) const;
  // The same with weights as bf16, made anew when they change; w may be transposed.
  void run_bf16(const InnerProductSpec& spec, const float* x, ConstTensor w, const float* bias,
                float* y);

 private:
  const uint16_t* bf16_of(const InnerProductSpec& spec, ConstTensor w);

  std::unique_ptr<uint16_t[]> bf16_;  // outputs x inputs
  uint64_t version_ = 0;
};

}  // namespace caffe
