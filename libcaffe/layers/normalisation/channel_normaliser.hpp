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
  std::vector<double>& mean() { return mean_; }
  std::vector<double>& variance() { return variance_; }

  // std = sqrt(variance + eps)
  void set_deviation(double eps);
  // std = sqrt(variance) + eps
  void set_deviation_plus(double eps);

  void forward(Kernels& kernels, ConstTensor x, const ChannelAffine& affine, Tensor y);

  struct Gradients {
    std::optional<Tensor> x, scale, shift;  // x's is overwritten, the others are added to
  };
  // x's gradient may be dy's storage.
  void backward(Kernels& kernels, ConstTensor x, ConstTensor dy, Depends depends,
                const std::optional<ConstTensor>& scale, const Gradients& gradients);

 private:
  ChannelView view_;
  std::vector<double> mean_, variance_, inverse_;  // inverse_: 1 / std
  Blob centre_, factor_, slope_, mean_gradient_;   // what the kernels are given
};

}  // namespace caffe
