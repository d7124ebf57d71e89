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
#include <algorithm>

#include "core/threads.hpp"
#include "layers/base/layer.hpp"
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
  static void transpose(ConstTensor from, int64_t rows, int64_t columns, Tensor to) {
    const Place place = from.host_place();
    const float* in = from.read(place);
    float* out = to.write(place);
    const ChannelView view = order_at(place, from.shape());
    const int64_t channels = view.channels, inner = view.inner;
    parallel_for(view.outer, grain_of(channels * inner), [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const float* source = in + item * channels * inner;
        float* target = out + item * channels * inner;
        for (int64_t c = 0; c < channels; ++c) {
          std::copy_n(source + (c % rows * columns + c / rows) * inner, inner, target + c * inner);
        }
      }
    });
  }

  int64_t group_ = 1, members_ = 0;
};

const LayerRegistration<ShuffleChannelLayer> registration("ShuffleChannel");

}  // namespace
}  // namespace caffe
