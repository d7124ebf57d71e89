// Bilinear resizing with the corners where they are: place p of n shows place p (m - 1) / (n - 1)
// of m, and the first one when n is 1.
#include <algorithm>
#include <vector>

#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// Which two places of the bottom a place of the top lies between, and how much of each it shows.
struct Between {
  int64_t first, second;
  float first_weight, second_weight;
};

// The `from` places behind the first `cut` ones of the bottom.
std::vector<Between> spread(int64_t cut, int64_t from, int64_t to) {
  const double step = to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0;
  std::vector<Between> all;
  all.reserve(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const double place = step * static_cast<double>(i);
    const int64_t first = std::min(static_cast<int64_t>(place), from - 1);
    const auto weight = static_cast<float>(place - static_cast<double>(first));
    all.push_back({cut + first, cut + std::min(first + 1, from - 1), 1 - weight, weight});
  }
  return all;
}

}  // namespace

void interp(const float* x, caffe_interp_spec spec, float* y) {
  const std::vector<Between> rows = spread(spec.cut, spec.left_h, spec.top_h);
  const std::vector<Between> columns = spread(spec.cut, spec.left_w, spec.top_w);
  const int64_t pixel = spec.inner, height = spec.top_h;
  const int64_t in_row = spec.bottom_w * pixel, out_row = spec.top_w * pixel;
  parallel_for(spec.images * height, grain_of(out_row), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Between& row = rows[static_cast<size_t>(i % height)];
      const float* image = x + i / height * spec.bottom_h * in_row;
      const float *above = image + row.first * in_row, *below = image + row.second * in_row;
      float* to = y + i * out_row;
      for (const Between& column : columns) {
        const float a = row.first_weight * column.first_weight;
        const float b = row.first_weight * column.second_weight;
        const float c = row.second_weight * column.first_weight;
        const float d = row.second_weight * column.second_weight;
        const int64_t left = column.first * pixel, right = column.second * pixel;
        for (int64_t k = 0; k < pixel; ++k) {
          *to++ = a * above[left + k] + b * above[right + k] + c * below[left + k] +
                  d * below[right + k];
        }
      }
    }
  });
}

void interp_backward(const float* dy, caffe_interp_spec spec, float* dx) {
  const std::vector<Between> rows = spread(spec.cut, spec.left_h, spec.top_h);
  const std::vector<Between> columns = spread(spec.cut, spec.left_w, spec.top_w);
  const int64_t pixel = spec.inner, in_row = spec.bottom_w * pixel;
  const int64_t in_size = spec.bottom_h * in_row, out_size = spec.top_h * spec.top_w * pixel;
  parallel_for(spec.images, grain_of(in_size + out_size), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* image = dx + i * in_size;
      std::fill_n(image, in_size, 0.0f);
      const float* from = dy + i * out_size;
      for (const Between& row : rows) {
        float *above = image + row.first * in_row, *below = image + row.second * in_row;
        for (const Between& column : columns) {
          const int64_t left = column.first * pixel, right = column.second * pixel;
          for (int64_t k = 0; k < pixel; ++k) {
            const float upper = *from * row.first_weight, lower = *from++ * row.second_weight;
            above[left + k] += upper * column.first_weight;
            above[right + k] += upper * column.second_weight;
            below[left + k] += lower * column.first_weight;
            below[right + k] += lower * column.second_weight;
          }
        }
      }
    }
  });
}

}  // namespace caffe::reference
