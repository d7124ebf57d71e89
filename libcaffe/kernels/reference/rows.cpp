// Rows and values that are picked, put and added by index.
#include <algorithm>

#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

void gather_rows(const float* x, const float* index, int64_t rows, int64_t width, float* y) {
  parallel_for(rows, grain_of(width), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::copy_n(x + static_cast<int64_t>(index[i]) * width, width, y + i * width);
    }
  });
}

// Threads share the columns, so that no two of them write to one row's value.
void add_rows(const float* x, const float* index, int64_t rows, int64_t width, float* y) {
  parallel_for(width, std::max<int64_t>(grain_of(rows), 16), [=](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < rows; ++i) {
      const float* source = x + i * width;
      float* target = y + static_cast<int64_t>(index[i]) * width;
      for (int64_t c = begin; c < end; ++c) target[c] += source[c];
    }
  });
}

namespace {

// body(values' plane, places of its index, places' plane) for each.
template <class Body>
void for_each_plane(const caffe_plane_indices& spec, const float* index, const Body& body) {
  parallel_for(spec.planes, grain_of(std::max(spec.few, spec.many)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   body(i * spec.few, index + i * spec.few, i * spec.many);
                 }
               });
}

}  // namespace

void scatter(const float* x, const float* index, caffe_plane_indices spec, float* y) {
  for_each_plane(spec, index, [=](int64_t few, const float* places, int64_t many) {
    const float* from = x + few;
    float* to = y + many;
    std::fill_n(to, spec.many, 0.0f);
    for (int64_t i = 0; i < spec.few; ++i) {
      if (const auto place = static_cast<int64_t>(places[i]); place >= 0) to[place] = from[i];
    }
  });
}

void gather(const float* x, const float* index, caffe_plane_indices spec, float* y) {
  for_each_plane(spec, index, [=](int64_t few, const float* places, int64_t many) {
    const float* from = x + many;
    float* to = y + few;
    for (int64_t i = 0; i < spec.few; ++i) {
      const auto place = static_cast<int64_t>(places[i]);
      to[i] = place >= 0 ? from[place] : 0;
    }
  });
}

}  // namespace caffe::reference
