// The greatest channels of each item.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// Whether a > b, where a NaN is greater than any number.
bool greater(float a, float b) {
  return a > b || (std::isnan(a) && !std::isnan(b));
}

// Rows of neighbouring items are compared channel by channel, so that reads follow memory.
constexpr int64_t kRow = 256;

struct Greatest {
  float values[kRow], channels[kRow];

  // Of `width` neighbours whose first channel begins at x.
  Greatest(const float* x, const caffe_channel_view& view, int64_t width, bool last_of_equal) {
    std::copy_n(x, width, values);
    std::fill_n(channels, width, 0.0f);
    for (int64_t c = 1; c < view.channels; ++c) {
      const float* next = x + c * view.inner;
      for (int64_t i = 0; i < width; ++i) {
        const bool wins =
            last_of_equal ? !greater(values[i], next[i]) : greater(next[i], values[i]);
        values[i] = wins ? next[i] : values[i];
        channels[i] = wins ? static_cast<float>(c) : channels[i];
      }
    }
  }
};

void one_greatest(const float* x, const caffe_channel_view& view, bool last_of_equal, float* index,
                  float* value) {
  const int64_t rows = divide_up(view.inner, kRow);
  parallel_for(view.outer * rows, grain_of(view.channels * std::min(kRow, view.inner)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t row = begin; row < end; ++row) {
                   const int64_t outer = row / rows, start = row % rows * kRow;
                   const int64_t width = std::min(kRow, view.inner - start);
                   const Greatest found(x + outer * view.channels * view.inner + start, view, width,
                                        last_of_equal);
                   const int64_t to = outer * view.inner + start;
                   if (index != nullptr) std::copy_n(found.channels, width, index + to);
                   if (value != nullptr) std::copy_n(found.values, width, value + to);
                 }
               });
}

}  // namespace

void greatest(const float* x, caffe_channel_view view, int64_t top_k, int last_of_equal,
              float* index, float* value) {
  if (top_k == 1) return one_greatest(x, view, last_of_equal != 0, index, value);
  parallel_for(
      view.outer * view.inner, grain_of(8 * view.channels), [&](int64_t begin, int64_t end) {
        std::vector<int64_t> order(static_cast<size_t>(view.channels));
        for (int64_t i = begin; i < end; ++i) {
          const int64_t outer = i / view.inner, inner = i % view.inner;
          const float* values = x + outer * view.channels * view.inner + inner;
          std::iota(order.begin(), order.end(), int64_t{0});
          std::partial_sort(
              order.begin(), order.begin() + top_k, order.end(), [&](int64_t a, int64_t b) {
                const float one = values[a * view.inner], other = values[b * view.inner];
                if (greater(one, other)) return true;
                if (greater(other, one)) return false;
                return last_of_equal != 0 ? a > b : a < b;
              });
          for (int64_t k = 0; k < top_k; ++k) {
            const int64_t channel = order[static_cast<size_t>(k)];
            const int64_t to = (outer * top_k + k) * view.inner + inner;
            if (index != nullptr) index[to] = static_cast<float>(channel);
            if (value != nullptr) value[to] = values[channel * view.inner];
          }
        }
      });
}

}  // namespace caffe::reference
