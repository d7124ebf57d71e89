// y = a (x - mean) / std + b for every channel, and its gradient: what BatchNorm and the layers
// like it have in common. They differ in where mean and standard deviation come from.
#pragma once

#include <optional>
#include <vector>

#include "core/blob.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// a and b, one value a channel each; what is left out is 1 and 0.
struct ChannelAffine {
  std::optional<ConstTensor> scale, shift;
};

// What of the mean and the deviation is a function of x, and not a constant.
enum class Depends { kNothing, kMean, kMeanAndDeviation };

class ChannelNormaliser {
 public:
  void reshape(const ChannelView& view);

  const ChannelView& view() const { return view_; }
  // How many values each channel has.
  int64_t size() const { return view_.outer * view_.inner; }

  // The mean and the variance (divided by size()) of x; of no values both are 0.
  void measure(Kernels& kernels, ConstTensor x);
  // Of each channel; for setting, too.
  Tensor mean() { return mean_.data(); }
  Tensor variance() {
    measured_ = false;
    return variance_.data();
  }

  // From now on std = sqrt(variance + eps).
  void set_deviation(float eps) { eps_ = eps, plus_ = measured_ = false; }
  // From now on std = sqrt(variance) + eps.
  void set_deviation_plus(float eps) {
    eps_ = eps;
    plus_ = true;
    measured_ = false;
  }

  void forward(Kernels& kernels, ConstTensor x, const ChannelAffine& affine, Tensor y);

  struct Gradients {
    std::optional<Tensor> x, scale, shift;  // x's is overwritten, the others are added to
  };
  // x's gradient may be dy's storage.
  void backward(Kernels& kernels, ConstTensor x, ConstTensor dy, Depends depends,
                const std::optional<ConstTensor>& scale, const Gradients& gradients);

 private:
  ChannelView view_;
  void measure_deviation(Kernels& kernels, const std::optional<ConstTensor>& scale);

  float eps_ = 0;
  bool plus_ = false;
  bool measured_ = false;  // inverse_ is that of variance_ and eps_
  // One value a channel. inverse_: 1 / std; factor_: scale / std; the others are the gradient's.
  Blob mean_, variance_, inverse_, factor_, slope_, mean_gradient_, sums_, products_;
};

}  // namespace caffe
