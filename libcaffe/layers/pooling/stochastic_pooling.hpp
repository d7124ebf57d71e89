// Stochastic pooling: a window's value is one of its values, drawn with a probability proportional
// to it (values are taken to be at least 0, as after a ReLU); without drawing, the average weighted
// by those probabilities,
//
//   y = (sum of x^2) / (sum of x), 0 when the sum is not positive
//
//   Zeiler, Fergus: "Stochastic pooling for regularization of deep convolutional neural networks",
//   ICLR 2013
#pragma once

#include <optional>
#include <vector>

#include "core/rng.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

class StochasticPooling {
 public:
  explicit StochasticPooling(const PoolingSpec& spec) : spec_(spec) {}

  // Draws from `rng`'s groups when there is one.
  void forward(ConstTensor x, Tensor y, const std::optional<Rng>& rng);
  // The gradient of the forward before it.
  void backward(ConstTensor x, ConstTensor dy, Tensor dx);

 private:
  PoolingSpec spec_;
  std::vector<int64_t> drawn_;  // for each value of y, where in its plane; empty: weighted
};

}  // namespace caffe
