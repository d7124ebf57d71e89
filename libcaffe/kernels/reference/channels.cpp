// Functions with coefficients per channel, and sums over each channel.
#include "kernels/functors.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

namespace {

// body(channel, index) for every value.
template <class Body>
void for_each_value(const ChannelView& view, const Body& body) {
  int64_t at = 0;
  for (int64_t row = 0; row < view.outer * view.channels; ++row) {
    for (int64_t i = 0; i < view.inner; ++i) body(row % view.channels, at++);
  }
}

// A map's coefficients where they lie.
struct Coefficients {
  const float *centre, *scale, *shift;

  explicit Coefficients(const ChannelMap& map)
      : centre(map.centre ? map.centre->read() : nullptr),
        scale(map.scale ? map.scale->read() : nullptr),
        shift(map.shift ? map.shift->read() : nullptr) {}

  float scaled(float x, int64_t c) const {
    const float centred = centre == nullptr ? x : x - centre[c];
    return scale == nullptr ? centred : scale[c] * centred;
  }
};

}  // namespace

void Kernels::channel_map(ConstTensor x, const ChannelMap& map, const ChannelView& view, Tensor y) {
  const Coefficients of_x(map);
  const float* in = x.read();
  float* out = y.write();
  for_each_value(view, [&](int64_t c, int64_t i) {
    out[i] = of_x.scaled(in[i], c) + (of_x.shift == nullptr ? 0 : of_x.shift[c]);
  });
}

void Kernels::channel_blend(ConstTensor x, const ChannelMap& map, ConstTensor z,
                            const ChannelMap& map_z, const ChannelView& view, Tensor y) {
  const Coefficients of_x(map), of_z(map_z);
  const float* first = x.read();
  const float* second = z.read();
  float* out = y.write();
  for_each_value(view, [&](int64_t c, int64_t i) {
    out[i] = of_x.scaled(first[i], c) + of_z.scaled(second[i], c);
  });
}

void Kernels::channel_sums(ConstTensor x, ConstTensor z, const ChannelView& view, double* sums,
                           double* products) {
  const float* first = x.read();
  const float* second = z.read();
  for (int64_t c = 0; c < view.channels; ++c) {
    if (sums != nullptr) sums[c] = 0;
    if (products != nullptr) products[c] = 0;
  }
  for_each_value(view, [&](int64_t c, int64_t i) {
    if (sums != nullptr) sums[c] += first[i];
    if (products != nullptr) products[c] += static_cast<double>(first[i]) * second[i];
  });
}

void Kernels::prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y) {
  const float* in = x.read();
  const float* slope = slopes.read();
  float* out = y.write();
  for_each_value(view, [&](int64_t c, int64_t i) { out[i] = functor::Relu{slope[c]}(in[i]); });
}

void Kernels::prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy,
                             const ChannelView& view, Tensor dx) {
  const float* in = x.read();
  const float* slope = slopes.read();
  const float* gradient = dy.read();
  float* out = dx.write();
  for_each_value(view, [&](int64_t c, int64_t i) {
    out[i] = functor::ReluGradient{slope[c]}(in[i], gradient[i]);
  });
}

void Kernels::prelu_backward_slopes(ConstTensor x, ConstTensor dy, const ChannelView& view,
                                    double* gradients) {
  const float* in = x.read();
  const float* gradient = dy.read();
  for (int64_t c = 0; c < view.channels; ++c) gradients[c] = 0;
  for_each_value(view, [&](int64_t c, int64_t i) {
    if (!(in[i] > 0)) gradients[c] += static_cast<double>(in[i]) * gradient[i];
  });
}

}  // namespace caffe
