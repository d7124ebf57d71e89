// DepthwiseConvolution: a Convolution under another name (convolution.cpp), whose author gives as
// many groups as there are channels.
//
//   convolution_param  all fields as in Convolution; group must be given, too, to be depthwise
//
// Bottoms, tops and parameters as in Convolution.
//
// Fork: yonghenglh6/DepthwiseConvolution.
//
//   layer { name: "conv2/dw" type: "DepthwiseConvolution" bottom: "conv1" top: "conv2/dw"
//           convolution_param { num_output: 32 group: 32 kernel_size: 3 pad: 1 bias_term: false } }
#include "layers/base/registry.hpp"
#include "layers/convolution/convolution_base.hpp"

namespace caffe {
namespace {

const LayerRegistration<ConvolutionLayer> registration("DepthwiseConvolution");

}  // namespace
}  // namespace caffe
