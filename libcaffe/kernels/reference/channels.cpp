// Functions with coefficients per channel, sums over each channel, and what normalisers make of
// them.
#include <cmath>
#include <vector>

#include "kernels/functors.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// body(channel, index) for every value.
template <class Body>
void for_each_value(const caffe_channel_view& view, const Body& body) {
  int64_t at = 0;
  for (int64_t row = 0; row < view.outer * view.channels; ++row) {
    for (int64_t i = 0; i < view.inner; ++i) body(row % view.channels, at++);
  }
}

float scaled(const caffe_channel_map& map, float x, int64_t c) {
  const float centred = map.centre == nullptr ? x : x - map.centre[c];
  return map.scale == nullptr ? centred : map.scale[c] * centred;
}

std::vector<double> zeros(const caffe_channel_view& view) {
  return std::vector<double>(static_cast<size_t>(view.channels));
}

// to[c] = values[c], or += it; `to` may be null.
void give(const std::vector<double>& values, int add, float* to) {
  if (to == nullptr) return;
  for (size_t c = 0; c < values.size(); ++c) {
    to[c] = (add ? to[c] : 0) + static_cast<float>(values[c]);
  }
}

}  // namespace

void channel_map(const float* x, caffe_channel_map map, caffe_channel_view view, float* y) {
  for_each_value(view, [&](int64_t c, int64_t i) {
    y[i] = scaled(map, x[i], c) + (map.shift == nullptr ? 0 : map.shift[c]);
  });
}

void channel_blend(const float* x, caffe_channel_map map, const float* z, caffe_channel_map map_z,
                   caffe_channel_view view, float* y) {
  for_each_value(
      view, [&](int64_t c, int64_t i) { y[i] = scaled(map, x[i], c) + scaled(map_z, z[i], c); });
}

void channel_sums(const float* x, const float* z, const float* centre, caffe_channel_view view,
                  int add, float* sums, float* products) {
  std::vector<double> of_x = zeros(view), of_both = zeros(view);
  for_each_value(view, [&](int64_t c, int64_t i) {
    const auto at = static_cast<size_t>(c);
    of_x[at] += x[i];
    if (z == nullptr) return;
    of_both[at] += static_cast<double>(x[i]) * (z[i] - double{centre == nullptr ? 0 : centre[c]});
  });
  give(of_x, add, sums);
  give(of_both, add, products);
}

void channel_statistics(const float* x, caffe_channel_view view, float* mean, float* variance) {
  const auto count = static_cast<double>(view.outer * view.inner);
  std::vector<double> sums = zeros(view), squares = zeros(view);
  for_each_value(view, [&](int64_t c, int64_t i) { sums[static_cast<size_t>(c)] += x[i]; });
  for (double& each : sums) each = count == 0 ? 0 : each / count;
  for_each_value(view, [&](int64_t c, int64_t i) {
    const double off = x[i] - sums[static_cast<size_t>(c)];
    squares[static_cast<size_t>(c)] += off * off;
  });
  for (double& each : squares) each = count == 0 ? 0 : each / count;
  give(sums, 0, mean);
  give(squares, 0, variance);
}

void prelu(const float* x, const float* slopes, caffe_channel_view view, float* y) {
  for_each_value(view, [&](int64_t c, int64_t i) { y[i] = functor::Relu{slopes[c]}(x[i]); });
}

void prelu_backward(const float* x, const float* slopes, const float* dy, caffe_channel_view view,
                    float* dx) {
  for_each_value(
      view, [&](int64_t c, int64_t i) { dx[i] = functor::ReluGradient{slopes[c]}(x[i], dy[i]); });
}

void prelu_backward_slopes(const float* x, const float* dy, caffe_channel_view view,
                           float* dslopes) {
  std::vector<double> sums = zeros(view);
  for_each_value(view, [&](int64_t c, int64_t i) {
    if (!(x[i] > 0)) sums[static_cast<size_t>(c)] += static_cast<double>(x[i]) * dy[i];
  });
  give(sums, 1, dslopes);
}

void deviation(const float* variance, const float* scale, float eps, int plus, float* inverse,
               float* factor, int64_t channels) {
  for (int64_t c = 0; c < channels; ++c) {
    const double deviation =
        plus ? std::sqrt(double{variance[c]}) + eps : std::sqrt(double{variance[c]} + eps);
    inverse[c] = static_cast<float>(1 / deviation);
    factor[c] = static_cast<float>((scale == nullptr ? 1 : double{scale[c]}) / deviation);
  }
}

void normaliser_backward(const float* sums, const float* products, const float* inverse,
                         const float* scale, float count, float* mean_gradient, float* factor,
                         float* slope, float* dscale, int64_t channels) {
  for (int64_t c = 0; c < channels; ++c) {
    const double rate = (scale == nullptr ? 1 : double{scale[c]}) * inverse[c];
    const double product = double{products[c]} * inverse[c];
    if (dscale != nullptr) dscale[c] += static_cast<float>(product);
    mean_gradient[c] = sums[c] / count;
    factor[c] = static_cast<float>(rate);
    slope[c] = static_cast<float>(-rate * inverse[c] * product / count);
  }
}

}  // namespace caffe::reference
