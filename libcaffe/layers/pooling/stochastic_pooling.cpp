#include "layers/pooling/stochastic_pooling.hpp"

#include <algorithm>

#include "core/threads.hpp"

namespace caffe {

namespace {

// Calls visit(h * W + w) for the places of the window of top place (top_h, top_w), in order.
template <class Visit>
void for_window(const PoolingSpec& spec, int64_t top_h, int64_t top_w, const Visit& visit) {
  const int64_t width = spec.bottom[3];
  const int64_t h_end = std::min(top_h * spec.stride_h + spec.kernel_h, spec.bottom[2]);
  const int64_t w_end = std::min(top_w * spec.stride_w + spec.kernel_w, width);
  for (int64_t h = top_h * spec.stride_h; h < h_end; ++h) {
    for (int64_t w = top_w * spec.stride_w; w < w_end; ++w) visit(h * width + w);
  }
}

// Calls visit(plane, index of the top's value, top_h, top_w) for every window; planes are shared
// out over the threads.
template <class Visit>
void for_windows(const PoolingSpec& spec, const Visit& visit) {
  const int64_t height = spec.top[2], width = spec.top[3];
  parallel_for(spec.top.count(0, 2), grain_of(spec.bottom.count(2)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t plane = begin; plane < end; ++plane) {
                   for (int64_t h = 0; h < height; ++h) {
                     for (int64_t w = 0; w < width; ++w)
                       visit(plane, (plane * height + h) * width + w, h, w);
                   }
                 }
               });
}

}  // namespace

void StochasticPooling::forward(ConstTensor x, Tensor y, const std::optional<Rng>& rng) {
  const float* in = x.read();
  float* out = y.write();
  const int64_t plane_size = spec_.bottom.count(2);
  drawn_.assign(rng ? static_cast<size_t>(spec_.top.count()) : 0, -1);
  for_windows(spec_, [&](int64_t plane, int64_t index, int64_t top_h, int64_t top_w) {
    const float* image = in + plane * plane_size;
    double sum = 0, sum_of_squares = 0;
    for_window(spec_, top_h, top_w, [&](int64_t at) {
      sum += image[at];
      sum_of_squares += double{image[at]} * image[at];
    });
    if (!rng) {
      out[index] = sum > 0 ? static_cast<float>(sum_of_squares / sum) : 0;
      return;
    }
    const uint32_t word = rng->group(static_cast<uint64_t>(index) / 4)[index % 4];
    const double threshold = (word + 0.5) * 0x1p-32 * sum;
    double passed = 0;
    int64_t chosen = -1, last = -1;
    for_window(spec_, top_h, top_w, [&](int64_t at) {
      passed += image[at];
      if (chosen < 0 && passed >= threshold) chosen = at;
      last = at;
    });
    if (chosen < 0) chosen = last;  // rounding, or a window of NaNs
    drawn_[static_cast<size_t>(index)] = chosen;
    out[index] = chosen < 0 ? 0 : image[chosen];
  });
}

void StochasticPooling::backward(ConstTensor x, ConstTensor dy, Tensor dx) {
  const float* in = x.read();
  const float* top_diff = dy.read();
  float* out = dx.write();
  std::fill(out, out + dx.count(), 0.0f);
  const int64_t plane_size = spec_.bottom.count(2);
  for_windows(spec_, [&](int64_t plane, int64_t index, int64_t top_h, int64_t top_w) {
    const float* image = in + plane * plane_size;
    float* image_diff = out + plane * plane_size;
    if (!drawn_.empty()) {
      const int64_t at = drawn_[static_cast<size_t>(index)];
      if (at >= 0) image_diff[at] += top_diff[index];
      return;
    }
    double sum = 0, sum_of_squares = 0;
    for_window(spec_, top_h, top_w, [&](int64_t at) {
      sum += image[at];
      sum_of_squares += double{image[at]} * image[at];
    });
    if (!(sum > 0)) return;
    const double average = sum_of_squares / sum;
    for_window(spec_, top_h, top_w, [&](int64_t at) {
      image_diff[at] += static_cast<float>(top_diff[index] * (2 * image[at] - average) / sum);
    });
  });
}

}  // namespace caffe
