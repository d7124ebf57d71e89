#include "layers/normalisation/channel_normaliser.hpp"

#include <algorithm>
#include <cmath>

#include "layers/base/coefficients.hpp"

namespace caffe {

void ChannelNormaliser::reshape(const ChannelView& view) {
  view_ = view;
  for (Blob* each :
       {&mean_, &variance_, &inverse_, &factor_, &slope_, &mean_gradient_, &sums_, &products_}) {
    each->reshape({view.channels});
  }
}

void ChannelNormaliser::measure(Kernels& kernels, ConstTensor x) {
  kernels.channel_statistics(x, view_, mean_.data(), variance_.data());
}

void ChannelNormaliser::measure_deviation(Kernels& kernels,
                                          const std::optional<ConstTensor>& scale) {
  kernels.deviation(variance_.data(), scale, eps_, plus_, inverse_.data(), factor_.data());
  measured_ = true;
}

void ChannelNormaliser::forward(Kernels& kernels, ConstTensor x, const ChannelAffine& affine,
                                Tensor y) {
  measure_deviation(kernels, affine.scale);
  kernels.channel_map(x, {mean_.data(), factor_.data(), affine.shift}, view_, y);
}

void ChannelNormaliser::backward(Kernels& kernels, ConstTensor x, ConstTensor dy, Depends depends,
                                 const std::optional<ConstTensor>& scale,
                                 const Gradients& gradients) {
  if (depends != Depends::kNothing || gradients.scale || gradients.shift) {
    if (!measured_) measure_deviation(kernels, scale);
    kernels.channel_sums(dy, x, mean_.data(), view_, false, sums_.data(), products_.data());
    kernels.normaliser_backward(
        {sums_.data(), products_.data(), inverse_.data(), scale, mean_gradient_.data(),
         factor_.data(), slope_.data(), gradients.scale},
        static_cast<float>(std::max<int64_t>(size(), 1)));
  } else {
    measure_deviation(kernels, scale);  // the scale may have changed
  }
  if (gradients.shift) kernels.axpby(1, sums_.data(), 1, *gradients.shift);
  if (!gradients.x) return;
  switch (depends) {
    case Depends::kNothing:
      return kernels.channel_map(dy, {{}, factor_.data(), {}}, view_, *gradients.x);
    case Depends::kMean:
      return kernels.channel_map(dy, {mean_gradient_.data(), factor_.data(), {}}, view_,
                                 *gradients.x);
    case Depends::kMeanAndDeviation:
      return kernels.channel_blend(dy, {mean_gradient_.data(), factor_.data(), {}}, x,
                                   {mean_.data(), slope_.data(), {}}, view_, *gradients.x);
  }
}

}  // namespace caffe
