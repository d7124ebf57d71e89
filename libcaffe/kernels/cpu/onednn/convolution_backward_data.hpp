// The gradient of a convolution's bottom by oneDNN: for a deconvolution's forward a call on all
// threads, in training a call on one thread for each part.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "kernels/cpu/convolution/parts.hpp"
#include "kernels/cpu/onednn/convolution_descs.hpp"

namespace caffe::onednn {

class ConvolutionBackwardData {
 public:
  // Throws dnnl::error when oneDNN has none for this shape.
  explicit ConvolutionBackwardData(const ConvolutionSpec& spec);

  // dy and dx are channels-last, the weights as users see them.
  void run(const float* dy, const float* w, uint64_t version, float* dx);

 private:
  struct Call {
    Call(const ConvolutionSpec& spec, int threads, const Call* same_weights);
    void run(const float* dy, const dnnl::memory& weights, float* dx) const;

    ConvolutionDescs descs;
    int threads;
    dnnl::convolution_backward_data::primitive_desc desc;
    dnnl::convolution_backward_data primitive;
  };

  void run_part(const ConvolutionPart& part, const float* dy, const dnnl::memory& weights,
                float* dx) const;

  const ConvolutionSpec spec_;
  const int threads_;
  const ConvolutionParts parts_;
  std::array<std::optional<Call>, ConvolutionParts::kKinds> calls_;
  std::vector<PackedWeights> weights_;  // of each part of the channels
};

}  // namespace caffe::onednn
