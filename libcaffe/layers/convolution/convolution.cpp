// Convolution: y[o] = b[o] + sum over the group's channels c of (w[o, c] cross-correlated with
// x[c])
//
//   num_output       required, at least 1, a multiple of group
//   bias_term        true
//   kernel_size      required, at least 1 (or kernel_h and kernel_w)
//   stride           1 (or stride_h and stride_w)
//   pad              0 (or pad_h and pad_w): zeros around the bottom
//   dilation         1: the distance between two places of the kernel; forks call it hole (hole_h,
//                    hole_w) and filter_stride (filter_stride_h, filter_stride_w)
//   group            1: outputs of the i-th group see the i-th group of channels only
//   weight_filler    constant 0
//   bias_filler      constant 0
//   axis             1: the channels'; axes before it are the batch, those behind it space
//   engine           DEFAULT: computed as the net's option `convolution` says. CAFFE: as plain
//                    sums, without transforms that round differently. Others: as DEFAULT
//   force_nd_im2col  accepted, means nothing here
//
// kernel_size, stride, pad and dilation are given once, or once for each spatial axis, of which
// there may be any number. Bottoms (all of one shape): batch x C x space. Tops, one each: batch x
// num_output x ((size + 2 pad - dilation (kernel - 1) - 1) / stride + 1, rounded down). Parameters:
// weights num_output x C / group x kernel, bias num_output.
//
//   layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
//           convolution_param { num_output: 96 kernel_size: 11 stride: 4
//           weight_filler { type: "msra" } } }
#include "layers/base/registry.hpp"
#include "layers/convolution/convolution_base.hpp"

namespace caffe {

CoordinateMap ConvolutionLayer::coordinates(const LayerParameter& param) {
  return convolution_coordinates(*param.convolution_param);
}

void ConvolutionLayer::forward(const BlobPointers& bottom, const BlobPointers& top) {
  std::optional<ConstTensor> bias_data;
  if (bias()) bias_data = blobs()[1]->data();
  for (size_t i = 0; i < bottom.size(); ++i) {
    operation().forward(bottom[i]->data(), blobs()[0]->data(), bias_data, top[i]->data());
  }
}

void ConvolutionLayer::backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                                const BlobPointers& bottom) {
  prepare_for_training();
  const std::optional<Tensor> dw = weight_diff(), db = bias_diff();
  for (size_t i = 0; i < bottom.size(); ++i) {
    if (dw || db) operation().backward_weights(bottom[i]->data(), top[i]->diff(), dw, db);
    if (propagate_down[i]) {
      operation().backward_data(top[i]->diff(), blobs()[0]->data(), bottom[i]->diff());
    }
  }
}

namespace {

const LayerRegistration<ConvolutionLayer> registration("Convolution");

}  // namespace
}  // namespace caffe
