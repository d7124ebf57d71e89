#include "kernels/cpu/product/row_product.hpp"

#include <algorithm>

#include "core/divide_up.hpp"
#include "kernels/cpu/product/output_parts.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

// `multiply` is one of the row products.
template <class Weight, class Multiply>
void multiply_rows(const InnerProductSpec& spec, Multiply multiply, const float* x, const Weight* w,
                   const float* bias, float* y) {
  // A part of all rows of x that stays in a core's second cache.
  const int64_t most = std::max<int64_t>(1024, 160 * 1024 / spec.rows);
  const int64_t part = round_up(divide_up(spec.inputs, divide_up(spec.inputs, most)), 64);
  for_output_parts(spec, [&](int64_t first, int64_t outputs) {
    for (int64_t at = 0; at < spec.inputs; at += part) {
      multiply(spec.rows, outputs, std::min(part, spec.inputs - at), {x + at, spec.inputs},
               {w + first * spec.inputs + at, spec.inputs},
               {at > 0, bias == nullptr ? nullptr : bias + first}, y + first, spec.outputs);
    }
  });
}

}  // namespace

void row_product(const InnerProductSpec& spec, const float* x, const float* w, const float* bias,
                 float* y) {
  multiply_rows(spec, simd().row_products.multiply, x, w, bias, y);
}

void row_product(const InnerProductSpec& spec, const float* x, const uint16_t* w, const float* bias,
                 float* y) {
  multiply_rows(spec, simd().row_products.multiply_bf16, x, w, bias, y);
}

}  // namespace caffe
