// The inner product's forward by rows as they lie (simd/row_products.hpp), with the weights that
// users see, or with their replica as bf16 of half the size: a few rows take as long as memory
// takes to give the weights.
#pragma once

#include <cstdint>

#include "kernels/kernels.hpp"

namespace caffe {

// y = x times w transposed, plus bias (may be null).
void row_product(const InnerProductSpec& spec, const float* x, const float* w, const float* bias,
                 float* y);
// The same with weights as bf16.
void row_product(const InnerProductSpec& spec, const float* x, const uint16_t* w, const float* bias,
                 float* y);

}  // namespace caffe
