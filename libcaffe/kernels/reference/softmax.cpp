// y_c = exp(x_c - max x) / sum_k exp(x_k - max x), and dx_c = y_c (dy_c - sum_k dy_k y_k).
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"

namespace caffe {

void Kernels::softmax(ConstTensor x, const SoftmaxSpec& spec, Tensor y) {
  const float* in = x.read();
  float* out = y.write();
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

void Kernels::softmax_backward(ConstTensor y, ConstTensor dy, const SoftmaxSpec& spec, Tensor dx) {
  const float* top = y.read();
  const float* gradient = dy.read();
  float* out = dx.write();
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

}  // namespace caffe
