// A convolution in oneDNN's words.
#pragma once

#include "kernels/cpu/onednn.hpp"
#include "kernels/kernels.hpp"

namespace caffe::onednn {

// A batch cut into parts whose number depends on shapes only: what is computed part by part is the
// same for any number of threads, as oneDNN's own division of work is not.
struct ImageParts {
  static constexpr int64_t kMost = 16;

  ImageParts(int64_t images, int64_t most);
  bool has_rest() const { return rest != each; }
  int64_t first(int64_t part) const { return part * each; }
  int64_t images(int64_t part) const { return part == count - 1 ? rest : each; }

  int64_t each, count, rest;  // images of a part; parts; images of the last part
};

// The same convolution of another number of images.
ConvolutionSpec with_images(ConvolutionSpec spec, int64_t images);

struct ConvolutionDescs {
  dnnl::memory::desc bottom, top, weights, plain_weights, bias;  // weights: in any order
  dnnl::memory::dims stride, pad, end_pad, dilation;
  bool with_bias;

  explicit ConvolutionDescs(const ConvolutionSpec& spec);

  dnnl::convolution_forward::primitive_desc forward(dnnl::prop_kind kind,
                                                    const dnnl::primitive_attr& attributes) const;
};

}  // namespace caffe::onednn
