#include "layers/base/rows.hpp"

#include <algorithm>

#include "core/threads.hpp"

namespace caffe {

void gather_rows(const float* from, const std::vector<int64_t>& indices, int64_t width, float* to) {
  parallel_for(
      static_cast<int64_t>(indices.size()), grain_of(width), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          std::copy_n(from + indices[static_cast<size_t>(i)] * width, width, to + i * width);
        }
      });
}

// Threads share the columns, so that no two of them write to one row's value.
void add_rows(const float* from, const std::vector<int64_t>& indices, int64_t width, float* to) {
  const int64_t rows = static_cast<int64_t>(indices.size());
  parallel_for(width, std::max<int64_t>(grain_of(rows), 16), [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < rows; ++i) {
      const float* source = from + i * width;
      float* target = to + indices[static_cast<size_t>(i)] * width;
      for (int64_t c = begin; c < end; ++c) target[c] += source[c];
    }
  });
}

}  // namespace caffe
