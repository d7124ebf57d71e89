#include "kernels/cpu/product/row_product.hpp"

#include <algorithm>
#include <vector>

#include "core/divide_up.hpp"
#include "core/transpose.hpp"
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

void RowProduct::run(const InnerProductSpec& spec, const float* x, const float* w,
                     const float* bias, float* y) const {
  multiply_rows(spec, simd().row_products.multiply, x, w, bias, y);
}

void RowProduct::run_bf16(const InnerProductSpec& spec, const float* x, ConstTensor w,
                          const float* bias, float* y) {
  multiply_rows(spec, simd().row_products.multiply_bf16, x, bf16_of(spec, w), bias, y);
}

const uint16_t* RowProduct::bf16_of(const InnerProductSpec& spec, ConstTensor w) {
  if (version_ == w.version()) return bf16_.get();
  const float* from = w.read();
  if (bf16_ == nullptr) {
    // Not cleared first, as make_unique would.
    bf16_.reset(new uint16_t[static_cast<size_t>(spec.inputs * spec.outputs)]);
  }
  const auto to_bf16 = simd().row_products.to_bf16;
  for_output_parts(spec, [&](int64_t first, int64_t outputs) {
    uint16_t* to = bf16_.get() + first * spec.inputs;
    if (!spec.transposed) {
      return to_bf16(from + first * spec.inputs, to, outputs * spec.inputs);
    }
    std::vector<float> row(static_cast<size_t>(spec.inputs));
    for (int64_t output = 0; output < outputs; ++output) {
      transpose(from + first + output, spec.outputs, spec.inputs, 1, row.data(), spec.inputs);
      to_bf16(row.data(), to + output * spec.inputs, spec.inputs);
    }
  });
  version_ = w.version();
  return bf16_.get();
}

}  // namespace caffe
