#include "layers/crf/mean_field.hpp"

#include <algorithm>
#include <cmath>

#include "core/threads.hpp"

namespace caffe {

std::vector<float> pixel_rows(const float* planes, const PixelView& view, int64_t channels) {
  std::vector<float> rows(static_cast<size_t>(view.pixels() * channels));
  parallel_for(view.height, grain_of(view.width * channels), [&](int64_t begin, int64_t end) {
    for (int64_t y = begin; y < end; ++y) {
      for (int64_t c = 0; c < channels; ++c) {
        const float* from = planes + c * view.plane + y * view.plane_width;
        float* to = rows.data() + y * view.width * channels + c;
        for (int64_t x = 0; x < view.width; ++x) to[x * channels] = from[x];
      }
    }
  });
  return rows;
}

void put_pixel_rows(const float* rows, const PixelView& view, int64_t channels, float* planes) {
  parallel_for(view.height, grain_of(view.width * channels), [&](int64_t begin, int64_t end) {
    for (int64_t y = begin; y < end; ++y) {
      for (int64_t c = 0; c < channels; ++c) {
        const float* from = rows + y * view.width * channels + c;
        float* to = planes + c * view.plane + y * view.plane_width;
        for (int64_t x = 0; x < view.width; ++x) to[x] = from[x * channels];
      }
    }
  });
}

void softmax_rows(const float* x, int64_t rows, int64_t classes, float* y) {
  parallel_for(rows, grain_of(20 * classes), [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* from = x + row * classes;
      float* to = y + row * classes;
      const float most = *std::max_element(from, from + classes);
      float sum = 0;
      for (int64_t i = 0; i < classes; ++i) sum += to[i] = std::exp(from[i] - most);
      for (int64_t i = 0; i < classes; ++i) to[i] /= sum;
    }
  });
}

void softmax_rows_backward(const float* y, int64_t rows, int64_t classes, float* diffs) {
  parallel_for(rows, grain_of(4 * classes), [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* q = y + row * classes;
      float* d = diffs + row * classes;
      float dot = 0;
      for (int64_t i = 0; i < classes; ++i) dot += d[i] * q[i];
      for (int64_t i = 0; i < classes; ++i) d[i] = (d[i] - dot) * q[i];
    }
  });
}

PixelKernel::PixelKernel(const std::vector<float>& features, int64_t pixels, int dimensions)
    : lattice_(features.data(), pixels, dimensions), scale_(static_cast<size_t>(pixels)) {
  const std::vector<float> ones(static_cast<size_t>(pixels), 1);
  lattice_.filter(ones.data(), 1, scale_.data());
  for (float& each : scale_) each = 1 / (each + 1e-20f);
}

PixelKernel PixelKernel::of_places(const PixelView& view, float std_x, float std_y) {
  return of_places_and_colours(view, std_x, std_y, nullptr, {});
}

PixelKernel PixelKernel::of_places_and_colours(const PixelView& view, float std_x, float std_y,
                                               const float* image, const std::vector<float>& stds) {
  const int64_t dimensions = 2 + static_cast<int64_t>(stds.size());
  std::vector<float> features(static_cast<size_t>(view.pixels() * dimensions));
  parallel_for(view.height, grain_of(view.width * dimensions), [&](int64_t begin, int64_t end) {
    float* to = features.data() + begin * view.width * dimensions;
    for (int64_t y = begin; y < end; ++y) {
      for (int64_t x = 0; x < view.width; ++x, to += dimensions) {
        to[0] = static_cast<float>(x) / std_x;
        to[1] = static_cast<float>(y) / std_y;
        for (size_t c = 0; c < stds.size(); ++c) {
          const int64_t plane = static_cast<int64_t>(c) * view.plane;
          to[2 + c] = image[plane + y * view.plane_width + x] / stds[c];
        }
      }
    }
  });
  return PixelKernel(features, view.pixels(), static_cast<int>(dimensions));
}

void PixelKernel::normalise(int64_t channels, float* values) const {
  const auto pixels = static_cast<int64_t>(scale_.size());
  parallel_for(pixels, grain_of(channels), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const float scale = scale_[static_cast<size_t>(p)];
      for (int64_t i = p * channels; i < (p + 1) * channels; ++i) values[i] *= scale;
    }
  });
}

void PixelKernel::apply(const float* in, int64_t channels, float* out) const {
  lattice_.filter(in, channels, out);
  normalise(channels, out);
}

void PixelKernel::apply_transposed(float* in, int64_t channels, float* out) const {
  normalise(channels, in);
  lattice_.filter_transposed(in, channels, out);
}

std::vector<float> mean_field(const std::vector<float>& scores, int64_t pixels, int64_t classes,
                              const std::vector<WeightedKernel>& kernels, int iterations) {
  std::vector<float> q(scores.size()), sums(scores.size()), next;
  softmax_rows(scores.data(), pixels, classes, q.data());
  for (int step = 0; step < iterations; ++step) {
    next = scores;
    for (const WeightedKernel& each : kernels) {
      each.kernel.apply(q.data(), classes, sums.data());
      parallel_for(static_cast<int64_t>(sums.size()), grain_of(1), [&](int64_t begin, int64_t end) {
        for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
          next[i] += each.weight * sums[i];
        }
      });
    }
    softmax_rows(next.data(), pixels, classes, q.data());
  }
  return q;
}

}  // namespace caffe
