// ShuffleChannel: channels of the groups in turn: y's channel k * group + g is x's channel
// g * (C / group) + k.
//
//   group  1, a divisor of C
//
// Bottom: N x C x anything; top: the same shape. Not in place.
//   Zhang et al.: "ShuffleNet: an extremely efficient convolutional neural network for mobile
//   devices", CVPR 2018
//
// Fork: farmingyard/ShuffleNet.
//
//   layer { name: "shuffle1" type: "ShuffleChannel" bottom: "resx1_conv1" top: "shuffle1"
//           shuffle_channel_param { group: 3 } }
#include "layers/base/layer.hpp"
#include "layers/base/order_of.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ShuffleChannelLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const Shape& shape = bottom[0]->shape();
    group_ = param().shuffle_channel_param->group;
    if (shape.axes() < 2 || group_ < 1 || shape[1] % group_ != 0) {
      fail(Status::kShape, "shuffle_channel_param.group: ", group_,
           " must be at least 1 and divide the channels of ", bottom_name(0), " of shape ", shape);
    }
    members_ = shape[1] / group_;
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    transpose(bottom[0]->data(), group_, members_, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    transpose(top[0]->diff(), members_, group_, bottom[0]->diff());
  }

 private:
  // The channels as a matrix of rows x columns, transposed, in either order of the values.
  void transpose(ConstTensor from, int64_t rows, int64_t columns, Tensor to) {
    const Order order = order_of(kernels(), from);
    const ChannelView view = order_at(Place{0, order}, from.shape());
    const int64_t inner = view.inner, item = view.channels * inner;
    Strides strides;
    strides.add(view.outer, item, item);
    strides.add(rows, columns * inner, inner);
    strides.add(columns, inner, rows * inner);
    strides.add(inner, 1, 1);
    kernels().copy_strided(strides, Into::kWhole, from, to, order, order);
  }

  int64_t group_ = 1, members_ = 0;
};

const LayerRegistration<ShuffleChannelLayer> registration("ShuffleChannel");

}  // namespace
}  // namespace caffe
