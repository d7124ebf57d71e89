// The gradient of a convolution's weights by oneDNN, the same for any number of threads: oneDNN
// splits the sum over the images as it has threads, so each of its calls gets one thread here, and
// some images whose number depends on shapes only.
#pragma once

#include <optional>
#include <vector>

#include "kernels/cpu/convolution_descs.hpp"

namespace caffe::onednn {

class WeightsGradient {
 public:
  // Throws dnnl::error when oneDNN has none for this shape.
  explicit WeightsGradient(const ConvolutionSpec& spec);

  // Adds to the gradients; x and dy are channels-last.
  void run(const float* x, const float* dy, std::optional<Tensor> dw, std::optional<Tensor> db);

 private:
  // A call on some images.
  struct Call {
    Call(const ConvolutionSpec& spec, int64_t images, const dnnl::memory::desc* weights);
    void run(const float* x, const float* dy, const dnnl::memory& weights, float* bias) const;

    ConvolutionDescs descs;
    dnnl::convolution_backward_weights::primitive_desc desc;
    dnnl::convolution_backward_weights primitive;
  };

  void run_part(int64_t part, const float* x, const float* dy);
  void add_up();

  const ImageParts parts_;
  const int64_t outputs_, bottom_size_, top_size_;  // an image's sizes
  const Call whole_;
  std::optional<Call> rest_;  // of the last part, when it has fewer images
  std::vector<dnnl::memory> sums_;
  std::vector<float> bias_sums_;
  Reorder set_, add_;  // the sum into the gradient users see
};

}  // namespace caffe::onednn
