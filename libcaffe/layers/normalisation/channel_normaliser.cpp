#include "layers/normalisation/channel_normaliser.hpp"

#include <algorithm>
#include <cmath>

#include "layers/base/coefficients.hpp"

namespace caffe {

namespace {

// The blob, filled with value(channel).
template <class Value>
ConstTensor filled(Blob& blob, const Value& value) {
  float* values = blob.data().write();
  for (int64_t c = 0; c < blob.count(); ++c) {
    values[c] = static_cast<float>(value(static_cast<size_t>(c)));
  }
  return blob.data();
}

}  // namespace

void ChannelNormaliser::reshape(const ChannelView& view) {
  view_ = view;
  for (std::vector<double>* each : {&mean_, &variance_, &inverse_}) {
    each->resize(static_cast<size_t>(view.channels));
  }
  for (Blob* each : {&centre_, &factor_, &slope_, &mean_gradient_}) {
    each->reshape({view.channels});
  }
}

void ChannelNormaliser::measure(Kernels& kernels, ConstTensor x) {
  kernels.channel_sums(x, x, view_, mean_.data(), variance_.data());
  const double count = static_cast<double>(std::max<int64_t>(size(), 1));
  for (size_t c = 0; c < mean_.size(); ++c) {
    mean_[c] /= count;
    // The products of floats are exact in double precision, so this loses nothing x had.
    variance_[c] = variance_[c] / count - mean_[c] * mean_[c];
    if (variance_[c] < 0) variance_[c] = 0;
  }
}

void ChannelNormaliser::set_deviation(double eps) {
  for (size_t c = 0; c < inverse_.size(); ++c) inverse_[c] = 1 / std::sqrt(variance_[c] + eps);
}

void ChannelNormaliser::set_deviation_plus(double eps) {
  for (size_t c = 0; c < inverse_.size(); ++c) inverse_[c] = 1 / (std::sqrt(variance_[c]) + eps);
}

void ChannelNormaliser::forward(Kernels& kernels, ConstTensor x, const ChannelAffine& affine,
                                Tensor y) {
  const float* scale = affine.scale ? affine.scale->read() : nullptr;
  const ConstTensor centre = filled(centre_, [&](size_t c) { return mean_[c]; });
  const ConstTensor factor = filled(
      factor_, [&](size_t c) { return scale == nullptr ? inverse_[c] : scale[c] * inverse_[c]; });
  kernels.channel_map(x, {centre, factor, affine.shift}, view_, y);
}

void ChannelNormaliser::backward(Kernels& kernels, ConstTensor x, ConstTensor dy, Depends depends,
                                 const std::optional<ConstTensor>& scale,
                                 const Gradients& gradients) {
  std::vector<double> sums(mean_.size()), products(mean_.size());
  if (depends != Depends::kNothing || gradients.scale || gradients.shift) {
    kernels.channel_sums(dy, x, view_, sums.data(), products.data());
    // The sums of dy (x - mean) / std.
    for (size_t c = 0; c < sums.size(); ++c) {
      products[c] = (products[c] - mean_[c] * sums[c]) * inverse_[c];
    }
  }
  if (gradients.scale) add_gradient(products, *gradients.scale);
  if (gradients.shift) add_gradient(sums, *gradients.shift);
  if (!gradients.x) return;

  const float* a = scale ? scale->read() : nullptr;
  const auto rate = [&](size_t c) { return a == nullptr ? inverse_[c] : a[c] * inverse_[c]; };
  const ConstTensor factor = filled(factor_, rate);
  if (depends == Depends::kNothing) {
    return kernels.channel_map(dy, {{}, factor, {}}, view_, *gradients.x);
  }
  const double count = static_cast<double>(std::max<int64_t>(size(), 1));
  const ConstTensor mean_gradient =
      filled(mean_gradient_, [&](size_t c) { return sums[c] / count; });
  if (depends == Depends::kMean) {
    return kernels.channel_map(dy, {mean_gradient, factor, {}}, view_, *gradients.x);
  }
  const ConstTensor centre = filled(centre_, [&](size_t c) { return mean_[c]; });
  const ConstTensor slope =
      filled(slope_, [&](size_t c) { return -rate(c) * inverse_[c] * products[c] / count; });
  kernels.channel_blend(dy, {mean_gradient, factor, {}}, x, {centre, slope, {}}, view_,
                        *gradients.x);
}

}  // namespace caffe
