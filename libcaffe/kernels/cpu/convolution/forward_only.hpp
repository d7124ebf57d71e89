// The base of convolutions of ours that compute forwards only: the gradients, which are seldom
// asked of them, are the direct convolution's.
#pragma once

#include <memory>

#include "kernels/cpu/convolution/direct.hpp"

namespace caffe {

class ForwardOnlyConvolution : public Convolution {
 public:
  explicit ForwardOnlyConvolution(const ConvolutionSpec& spec) : spec_(spec) {}

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    gradients().backward_data(dy, w, dx);
  }
  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    gradients().backward_weights(x, dy, dw, db);
  }

 protected:
  const ConvolutionSpec spec_;

 private:
  Convolution& gradients() {
    if (gradients_ == nullptr) gradients_ = direct_convolution(spec_);
    return *gradients_;
  }

  std::unique_ptr<Convolution> gradients_;
};

}  // namespace caffe
