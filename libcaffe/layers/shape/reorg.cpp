// Reorg: squares of stride x stride places of one channel become as many channels of one place
// each, or the other way, in the order of darknet, which is not that of the squares: the values
// keep the order in which a bottom of C / stride^2 channels of stride H x stride W would have them.
//
//   stride   required, at least 1
//   reverse  false; true: channels become squares
//
// Bottom: N x C x H x W, C a multiple of stride^2. Top: N x C stride^2 x H / stride x W / stride, H
// and W multiples of stride; with reverse N x C / stride^2 x H stride x W stride. Not in place.
//   Redmon, Farhadi: "YOLO9000: better, faster, stronger", CVPR 2017
//
// Fork: eric612/MobileNet-YOLO.
// Differs from the original: it has a gradient; the fork's reads memory that nobody wrote.
//
//   layer { name: "reorg" type: "Reorg" bottom: "conv21" top: "reorg" reorg_param { stride: 2 } }
#include "core/checked.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ReorgLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    stride_ = param().reorg_param->stride;
    if (stride_ == 0) {
      fail(Status::kInvalidArgument, "reorg_param.stride must be given, at least 1");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    const int64_t square = checked_mul(stride_, stride_);
    const bool reverse = param().reorg_param->reverse;
    if (shape[1] % square != 0 ||
        (!reverse && (shape[2] % stride_ != 0 || shape[3] % stride_ != 0))) {
      fail(Status::kShape, bottom_name(0), " has shape ", shape,
           "; its channels must be a multiple of ", square,
           reverse ? "" : str(", its rows and columns multiples of ", stride_));
    }
    if (reverse) {
      top[0]->reshape({shape[0], shape[1] / square, checked_mul(shape[2], stride_),
                       checked_mul(shape[3], stride_)});
    } else {
      top[0]->reshape(
          {shape[0], checked_mul(shape[1], square), shape[2] / stride_, shape[3] / stride_});
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    permute(bottom[0]->shape(), bottom[0]->data(), top[0]->data(), !param().reorg_param->reverse);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    permute(bottom[0]->shape(), top[0]->diff(), bottom[0]->diff(), param().reorg_param->reverse);
  }

 private:
  // The i-th value of a bottom of `shape` belongs to the place that its channel's square has in a
  // blob of stride^2 times fewer channels: values are taken from those places, or put there.
  void permute(const Shape& shape, ConstTensor from, Tensor to, bool take) {
    const int64_t stride = stride_, channels = shape[1], height = shape[2], width = shape[3];
    const int64_t fewer = channels / (stride * stride), wide = width * stride;
    Strides strides;
    const auto add = [&](int64_t extent, int64_t small, int64_t large) {
      strides.add(extent, take ? large : small, take ? small : large);
    };
    const int64_t plane = height * width;
    add(shape[0], channels * plane, channels * plane);
    add(stride, stride * fewer * plane, wide);
    add(stride, fewer * plane, 1);
    add(fewer, plane, height * stride * wide);
    add(height, width, stride * wide);
    add(width, 1, stride);
    kernels().copy_strided(strides, Into::kWhole, from, to);
  }

  int64_t stride_ = 1;
};

const LayerRegistration<ReorgLayer> registration("Reorg");

}  // namespace
}  // namespace caffe
