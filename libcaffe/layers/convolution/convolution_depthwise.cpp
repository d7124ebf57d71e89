// ConvolutionDepthwise: a convolution of each channel with a kernel of its own, y[c] = b[c] + w[c]
// cross-correlated with x[c].
//
//   convolution_param  as in Convolution, but for num_output and group, which mean nothing
//
// Bottoms (all of one shape): batch x C x space. Tops, one each: batch x C x space, smaller as in
// Convolution. Parameters: weights C x 1 x kernel, bias C. Not in place.
//
// Fork: farmingyard/caffe-mobilenet.
// Differs from the original: stride and pad may be left out (1 and 0) and there may be any number
// of spatial axes; the fork reads past the end of lists that are not given, and knows two.
//
//   layer { name: "conv2_1/dw" type: "ConvolutionDepthwise" bottom: "conv1" top: "conv2_1/dw"
//           convolution_param { kernel_size: 3 pad: 1 stride: 1 bias_term: false } }
#include "layers/base/registry.hpp"
#include "layers/convolution/convolution_base.hpp"

namespace caffe {
namespace {

class ConvolutionDepthwiseLayer final : public ConvolutionLayer {
 public:
  using ConvolutionLayer::ConvolutionLayer;

 protected:
  Counts counts(int64_t channels) const override {
    if (channels == 0) fail(Status::kShape, bottom_name(0), " has no channels");
    return {channels, channels};
  }
};

const LayerRegistration<ConvolutionDepthwiseLayer> registration("ConvolutionDepthwise");

}  // namespace
}  // namespace caffe
