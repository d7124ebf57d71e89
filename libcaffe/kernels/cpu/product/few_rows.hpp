// The gradients of an inner product of few rows, each in one pass through the weights as they lie
// (simd/weight_products.hpp).
#pragma once

#include <vector>

#include "kernels/kernels.hpp"

namespace caffe {

// Whether that is better than a matrix product.
bool few_rows_suit(const InnerProductSpec& spec);

void few_rows_backward_data(const InnerProductSpec& spec, const float* dy, const float* w,
                            float* dx, std::vector<float>& scratch);
// With `add` the gradient is added to dw.
void few_rows_backward_weights(const InnerProductSpec& spec, const float* x, const float* dy,
                               bool add, float* dw);

}  // namespace caffe
