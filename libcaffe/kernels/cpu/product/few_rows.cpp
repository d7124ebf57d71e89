#include "kernels/cpu/product/few_rows.hpp"

#include "core/threads.hpp"
#include "core/transpose.hpp"
#include "kernels/cpu/product/output_parts.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

// With few rows the time goes into reading and writing the weights, which a matrix product that
// packs them does twice; with more than kMostRows arithmetic decides, and weights of less than
// kLeastWeights, 256 KB, stay in a cache.
bool few_rows_suit(const InnerProductSpec& spec) {
  constexpr int64_t kMostRows = 48, kLeastWeights = 1 << 16;
  return !spec.transposed && spec.rows <= kMostRows && spec.inputs % FewRows::kInputs == 0 &&
         spec.inputs * spec.outputs >= kLeastWeights;
}

void few_rows_backward_data(const InnerProductSpec& spec, const float* dy, const float* w,
                            float* dx, std::vector<float>& scratch) {
  constexpr int64_t kPart = FewRows::kInputs;
  scratch.resize(static_cast<size_t>(spec.rows * spec.outputs));
  transpose(dy, spec.outputs, spec.rows, spec.outputs, scratch.data(), spec.rows);
  parallel_for(
      spec.inputs / kPart, grain_of(kPart * spec.outputs), [&](int64_t begin, int64_t end) {
        simd().weight_products.backward_data({spec.rows, spec.inputs, spec.outputs}, scratch.data(),
                                             w, begin * kPart, end * kPart, dx);
      });
}

void few_rows_backward_weights(const InnerProductSpec& spec, const float* x, const float* dy,
                               bool add, float* dw) {
  for_output_parts(spec, [&](int64_t first, int64_t outputs) {
    simd().weight_products.backward_weights({spec.rows, spec.inputs, spec.outputs}, x, dy, first,
                                            first + outputs, add, dw);
  });
}

}  // namespace caffe
