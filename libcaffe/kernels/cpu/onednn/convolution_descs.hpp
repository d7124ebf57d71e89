// A convolution in oneDNN's words.
#pragma once

#include "kernels/cpu/onednn/primitives.hpp"
#include "kernels/kernels.hpp"

namespace caffe::onednn {

struct ConvolutionDescs {
  dnnl::memory::desc bottom, top, weights, plain_weights, bias;  // weights: in any order
  dnnl::memory::dims stride, pad, end_pad, dilation;
  bool with_bias;

  explicit ConvolutionDescs(const ConvolutionSpec& spec);

  dnnl::convolution_forward::primitive_desc forward(dnnl::prop_kind kind,
                                                    const dnnl::primitive_attr& attributes) const;
};

}  // namespace caffe::onednn
