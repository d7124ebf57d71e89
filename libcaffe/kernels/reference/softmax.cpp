// y_c = exp(x_c - max x) / sum_k exp(x_k - max x), and dx_c = y_c (dy_c - sum_k dy_k y_k).
#include <algorithm>
#include <cmath>

#include "kernels/reference/reference.hpp"

namespace caffe::reference {

void softmax(const float* in, caffe_channel_view spec, float* out) {
  for (int64_t column = 0; column < spec.outer * spec.inner; ++column) {
    const int64_t start = column / spec.inner * spec.channels * spec.inner + column % spec.inner;
    float most = spec.channels > 0 ? in[start] : 0;
    for (int64_t c = 1; c < spec.channels; ++c) most = std::max(most, in[start + c * spec.inner]);
    double sum = 0;
    for (int64_t c = 0; c < spec.channels; ++c) {
      const int64_t at = start + c * spec.inner;
      out[at] = std::exp(in[at] - most);
      sum += out[at];
    }
    for (int64_t c = 0; c < spec.channels; ++c) {
      out[start + c * spec.inner] = static_cast<float>(out[start + c * spec.inner] / sum);
    }
  }
}

void softmax_backward(const float* top, const float* gradient, caffe_channel_view spec,
                      float* out) {
  for (int64_t column = 0; column < spec.outer * spec.inner; ++column) {
    const int64_t start = column / spec.inner * spec.channels * spec.inner + column % spec.inner;
    double dot = 0;
    for (int64_t c = 0; c < spec.channels; ++c) {
      const int64_t at = start + c * spec.inner;
      dot += static_cast<double>(top[at]) * gradient[at];
    }
    for (int64_t c = 0; c < spec.channels; ++c) {
      const int64_t at = start + c * spec.inner;
      out[at] = static_cast<float>(top[at] * (gradient[at] - dot));
    }
  }
}

}  // namespace caffe::reference
