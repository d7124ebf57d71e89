// The forward of a convolution by oneDNN: for inference a call on all threads, in training a call
// on one thread for each part.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "kernels/cpu/convolution/epilogue.hpp"
#include "kernels/cpu/convolution/parts.hpp"
#include "kernels/cpu/onednn/convolution_descs.hpp"

namespace caffe::onednn {

class ConvolutionForward {
 public:
  // Throws dnnl::error when oneDNN has none for this shape.
  explicit ConvolutionForward(const ConvolutionSpec& spec);

  // The number of threads that an inference's was made for.
  int threads() const { return threads_; }
  std::string implementation() const { return calls_[0]->made.desc.impl_info_str(); }

  // x and the epilogue's operands are channels-last, the weights as users see them.
  void run(const float* x, const float* w, uint64_t version, const float* bias,
           const Epilogue& epilogue, const ResultRows& results);

 private:
  // What oneDNN has made for a call: a handle of code that any number of threads may run.
  struct Made {
    bool fused = false;  // all of the epilogue but the results' place
    dnnl::convolution_forward::primitive_desc desc;
    dnnl::convolution_forward primitive;

    bool slow() const;
  };

  struct Call {
    Call(const ConvolutionSpec& spec, int threads, const Call* same_weights);
    Made make(const ConvolutionSpec& spec) const;
    void run(const float* x, const dnnl::memory& weights, const float* bias,
             const Epilogue& epilogue, float* y) const;

    ConvolutionDescs descs;
    int threads;
    Made made;
  };

  // Those of inference that were made last, so that a size that comes back costs no new code.
  static Made cached(const ConvolutionSpec& spec, const Call& call);

  void run_part(const ConvolutionPart& part, const float* x, const dnnl::memory& weights,
                const float* bias, const Epilogue& epilogue, const ResultRows& results) const;

  const ConvolutionSpec spec_;
  const int threads_;
  const ConvolutionParts parts_;
  std::array<std::optional<Call>, ConvolutionParts::kKinds> calls_;
  std::vector<PackedWeights> weights_;  // of each part of the channels
};

}  // namespace caffe::onednn
