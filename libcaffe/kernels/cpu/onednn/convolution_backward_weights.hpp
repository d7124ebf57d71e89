// The gradient of a convolution's weights by oneDNN, the same for any number of threads: oneDNN
// splits the sum over the images as it has threads, so each of its calls gets one thread here, and
// a part of the images or of the outputs.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "kernels/cpu/convolution/parts.hpp"
#include "kernels/cpu/onednn/convolution_descs.hpp"

namespace caffe::onednn {

class ConvolutionBackwardWeights {
 public:
  // Throws dnnl::error when oneDNN has none for this shape.
  explicit ConvolutionBackwardWeights(const ConvolutionSpec& spec);

  // Adds to the gradients; x and dy are channels-last.
  void run(const float* x, const float* dy, std::optional<Tensor> dw, std::optional<Tensor> db);

 private:
  struct Call {
    Call(const ConvolutionSpec& spec, const Call* same_weights);
    void run(const float* x, const float* dy, const dnnl::memory& weights, float* bias) const;

    ConvolutionDescs descs;
    dnnl::convolution_backward_weights::primitive_desc desc;
    dnnl::convolution_backward_weights primitive;
    Reorder set, add;  // the sum into the gradient users see
  };

  const float* gradient_of(const ConvolutionPart& part, const float* dy) const;
  void add_weights(const Tensor& dw, float* sums) const;
  void add_bias(const Tensor& db) const;

  const ConvolutionSpec spec_;
  const ConvolutionParts parts_;
  std::array<std::optional<Call>, ConvolutionParts::kKinds> calls_;
  int64_t most_sums_ = 0;         // of a part
  std::vector<float> bias_sums_;  // parts of the images x outputs
};

}  // namespace caffe::onednn
