// NdConvolution: a Convolution under another name (convolution.cpp), over any number of spatial
// axes.
//
//   convolution_param  all fields as in Convolution; the fork's own, below, are other words for
//                      three of them
//   convolution_param.kernel_shape  kernel_size
//   convolution_param.stride_shape  stride
//   convolution_param.pad_shape     pad; each with one `dim` for each spatial axis
//
// Bottoms, tops and parameters as in Convolution.
//
// Fork: chuckcho/video-caffe.
// Differs from the fork: spatial axes of the top whose extent is 1 stay; there they go.
//
//   layer { name: "conv1a" type: "NdConvolution" bottom: "data" top: "conv1a"
//           convolution_param { num_output: 64 kernel_shape { dim: 3 dim: 3 dim: 3 }
//           pad_shape { dim: 1 dim: 1 dim: 1 } } }
#include "layers/base/registry.hpp"
#include "layers/convolution/convolution_base.hpp"

namespace caffe {
namespace {

const LayerRegistration<ConvolutionLayer> registration("NdConvolution");

}  // namespace
}  // namespace caffe
