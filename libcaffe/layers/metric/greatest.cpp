#include "layers/metric/greatest.hpp"

#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"

namespace caffe {

void find_greatest(const float* x, const SoftmaxSpec& spec, Ties ties, float* index, float* value) {
  // Rows of neighbouring items are compared channel by channel, so that reads follow memory.
  constexpr int64_t kRow = 256;
  const int64_t rows = divide_up(spec.inner, kRow);
  parallel_for(spec.outer * rows, grain_of(spec.channels * std::min(kRow, spec.inner)),
               [&](int64_t begin, int64_t end) {
                 float best[kRow];
                 float where[kRow];
                 for (int64_t row = begin; row < end; ++row) {
                   const int64_t outer = row / rows, start = row % rows * kRow;
                   const int64_t width = std::min(kRow, spec.inner - start);
                   const float* from = x + outer * spec.channels * spec.inner + start;
                   std::copy_n(from, width, best);
                   std::fill_n(where, width, 0.0f);
                   for (int64_t c = 1; c < spec.channels; ++c) {
                     const float* next = from + c * spec.inner;
                     for (int64_t i = 0; i < width; ++i) {
                       const bool wins = ties == Ties::kLast ? !greater(best[i], next[i])
                                                             : greater(next[i], best[i]);
                       best[i] = wins ? next[i] : best[i];
                       where[i] = wins ? static_cast<float>(c) : where[i];
                     }
                   }
                   const int64_t to = outer * spec.inner + start;
                   if (index != nullptr) std::copy_n(where, width, index + to);
                   if (value != nullptr) std::copy_n(best, width, value + to);
                 }
               });
}

}  // namespace caffe
