// Deconvolution: the transpose of a convolution, whose gradient is its forward: each value of the
// bottom adds its kernel, times itself, to the places of the top that a convolution of the same
// parameters would have made it of. With the filler "bilinear", group = num_output = channels,
// kernel 2 f - f % 2, stride f and pad (f - 1) / 2, rounded up, it is bilinear upsampling by the
// factor f.
//
//   num_output       required, at least 1, a multiple of group
//   bias_term        true
//   kernel_size      required, at least 1 (or kernel_h and kernel_w)
//   stride           1 (or stride_h and stride_w): the distance between two kernels in the top
//   pad              0 (or pad_h and pad_w): rows and columns taken off the top
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
// num_output x (stride (size - 1) + dilation (kernel - 1) + 1 - 2 pad). Parameters: weights C x
// num_output / group x kernel, bias num_output. Not in place.
//
//   layer { name: "upscore" type: "Deconvolution" bottom: "score" top: "upscore"
//           convolution_param { num_output: 21 kernel_size: 64 stride: 32 bias_term: false } }
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/convolution/convolution_base.hpp"

namespace caffe {
namespace {

class DeconvolutionLayer final : public ConvolutionBase {
 public:
  using ConvolutionBase::ConvolutionBase;

  static CoordinateMap coordinates(const LayerParameter& param) {
    return convolution_coordinates(*param.convolution_param).inverse();
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    for (size_t i = 0; i < bottom.size(); ++i) {
      operation().backward_data(bottom[i]->data(), blobs()[0]->data(), top[i]->data());
      if (bias()) {
        const Tensor y = top[i]->data().as(top_shape());
        kernels().channel_map(y, {{}, {}, blobs()[1]->data()}, channels(), y);
      }
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    prepare_for_training();
    const std::optional<Tensor> dw = weight_diff(), db = bias_diff();
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (dw) operation().backward_weights(top[i]->diff(), bottom[i]->data(), dw, std::nullopt);
      if (db) {
        kernels().channel_sums(top[i]->diff().as(top_shape()), {}, {}, channels(), true, db, {});
      }
      if (propagate_down[i]) {
        operation().forward(top[i]->diff(), blobs()[0]->data(), std::nullopt, bottom[i]->diff());
      }
    }
  }

 protected:
  bool transposed() const override { return true; }

 private:
  ChannelView channels() const { return order_at(Place::kHost, top_shape()); }
};

const LayerRegistration<DeconvolutionLayer> registration("Deconvolution");

}  // namespace
}  // namespace caffe
