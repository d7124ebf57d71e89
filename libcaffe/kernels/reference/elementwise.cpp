// Value by value: functions of one and of several tensors.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/divide_up.hpp"
#include "core/rng.hpp"
#include "core/threads.hpp"
#include "core/transpose.hpp"
#include "kernels/functors.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// body(i) for each value.
template <class Body>
void for_each(int64_t count, const Body& body) {
  parallel_for(count, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i);
  });
}

}  // namespace

void relu(const float* x, float negative_slope, float* y, int64_t count) {
  const functor::Relu slope{negative_slope};
  const functor::PlainRelu plain;
  for_each(count, [=](int64_t i) { y[i] = negative_slope == 0 ? plain(x[i]) : slope(x[i]); });
}

void relu_backward(const float* x, const float* dy, float negative_slope, float* dx,
                   int64_t count) {
  const functor::ReluGradient function{negative_slope};
  for_each(count, [=](int64_t i) { dx[i] = function(x[i], dy[i]); });
}

void map(caffe_function function, const float* x, float* y, int64_t count) {
  functor::with_function(function, [=](const auto& f) {
    for_each(count, [=](int64_t i) { y[i] = f.forward(x[i]); });
  });
}

void map_backward(caffe_function function, const float* x, const float* y, const float* dy,
                  float* dx, int64_t count) {
  functor::with_function(function, [=](const auto& f) {
    for_each(count, [=](int64_t i) { dx[i] = f.gradient(x[i], y[i], dy[i]); });
  });
}

void negative_power(float shift, float scale, float exponent, const float* x, float* y,
                    int64_t count) {
  for_each(count, [=](int64_t i) { y[i] = std::pow(shift + scale * x[i], -exponent); });
}

void fill(float value, float* y, int64_t count) {
  for_each(count, [=](int64_t i) { y[i] = value; });
}

void copy(const float* x, float* y, int64_t count) {
  parallel_for(count, 32 * 1024, [=](int64_t begin, int64_t end) {
    std::memcpy(y + begin, x + begin, static_cast<size_t>(end - begin) * sizeof(float));
  });
}

// With b = 0 what is in y does not count, not even a NaN.
void axpby(float a, const float* x, float b, float* y, int64_t count) {
  const functor::Axpby function{a, b};
  for_each(count, [=](int64_t i) { y[i] = b == 0 ? a * x[i] : function(x[i], y[i]); });
}

void scale(float a, float* y, int64_t count) {
  for_each(count, [=](int64_t i) { y[i] *= a; });
}

void multiply(const float* a, const float* b, float* y, int64_t count) {
  for_each(count, [=](int64_t i) { y[i] = functor::Product{}(a[i], b[i]); });
}

void divide(const float* a, const float* b, float* y, int64_t count) {
  for_each(count, [=](int64_t i) { y[i] = a[i] / b[i]; });
}

void divide_by(const float* x, const float* divisor, float* y, int64_t count) {
  const double factor = *divisor == 0 ? 0 : 1.0 / *divisor;
  for_each(count, [=](int64_t i) { y[i] = static_cast<float>(factor * x[i]); });
}

void weighted_sum(caffe_operands x, float* y, int64_t count) {
  for_each(count, [&](int64_t i) {
    float sum = x.factors[0] * x.values[0][i];
    for (int32_t k = 1; k < x.count; ++k) sum += x.factors[k] * x.values[k][i];
    y[i] = sum;
  });
}

void maximum(caffe_operands x, int32_t first, float* y, float* index, int64_t count) {
  for_each(count, [&](int64_t i) {
    int32_t best = -1, next = 0;
    float most = y[i];
    if (first == 0) {
      best = x.values[0][i] > x.values[1][i] ? 0 : 1;
      most = x.values[best][i];
      next = 2;
    }
    for (int32_t k = next; k < x.count; ++k) {
      if (x.values[k][i] > most) best = k, most = x.values[k][i];
    }
    y[i] = most;
    if (best >= 0) index[i] = static_cast<float>(first + best);
  });
}

void select(const float* index, float wanted, const float* dy, float* dx, int64_t count) {
  for_each(count, [=](int64_t i) { dx[i] = index[i] == wanted ? dy[i] : 0; });
}

void lrn_within_ratios(const float* x, const float* dy, const float* means, const float* powers,
                       float alpha, float* ratios, int64_t count) {
  for_each(count,
           [=](int64_t i) { ratios[i] = dy[i] * x[i] * powers[i] / (1 + alpha * means[i]); });
}

void lrn_within_backward(const float* x, const float* dy, const float* powers, const float* around,
                         float factor, float* dx, int64_t count) {
  for_each(count, [=](int64_t i) { dx[i] = dy[i] * powers[i] - factor * x[i] * around[i]; });
}

namespace {

// The mask of the values numbered [begin, end).
void draw(const caffe_random& random, uint64_t threshold, float scale, int64_t begin, int64_t end,
          float* mask) {
  for (int64_t group = begin / 4; group * 4 < end; ++group) {
    const auto words =
        philox(random.seed, random.stream, random.first + static_cast<uint64_t>(group));
    const int64_t stop = std::min(group * 4 + 4, end);
    for (int64_t i = std::max(group * 4, begin); i < stop; ++i) {
      mask[i - begin] = words[static_cast<size_t>(i % 4)] >= threshold ? scale : 0;
    }
  }
}

}  // namespace

void dropout_mask(caffe_random random, float ratio, float scale, int64_t images, int64_t channels,
                  int64_t space, int channels_last, float* mask) {
  const auto threshold = static_cast<uint64_t>(double{ratio} * 0x1p32);
  const int64_t count = images * channels * space;
  if (!channels_last) {
    parallel_for(divide_up(count, 4), 4096, [&](int64_t begin, int64_t end) {
      draw(random, threshold, scale, begin * 4, std::min(end * 4, count), mask + begin * 4);
    });
    return;
  }
  // Some channels at a time, each in plain order, then side by side.
  constexpr int64_t kChannels = 16, kPlaces = 64;
  const int64_t blocks = divide_up(channels, kChannels);
  parallel_for(images * blocks, grain_of(kChannels * space), [&](int64_t begin, int64_t end) {
    float rows[kChannels * kPlaces];
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * kChannels, image = task / blocks;
      const int64_t width = std::min(kChannels, channels - first);
      for (int64_t at = 0; at < space; at += kPlaces) {
        const int64_t places = std::min(kPlaces, space - at);
        for (int64_t c = 0; c < width; ++c) {
          const int64_t index = (image * channels + first + c) * space + at;
          draw(random, threshold, scale, index, index + places, rows + c * kPlaces);
        }
        transpose(rows, kPlaces, width, places, mask + (image * space + at) * channels + first,
                  channels);
      }
    }
  });
}

}  // namespace caffe::reference
