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
#include "layers/layer.hpp"

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
    items_ = shape[0];
    members_ = shape[1] / group_;
    inner_ = shape.count(2);
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    transpose(bottom[0]->data().read(), group_, members_, top[0]->data().write());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    transpose(top[0]->diff().read(), members_, group_, bottom[0]->diff().write());
  }

 private:
  // The channels as a matrix of rows x columns, transposed.
  void transpose(const float* from, int64_t rows, int64_t columns, float* to) const {
    const int64_t channels = rows * columns;
    parallel_for(items_ * columns, grain_of(rows * inner_), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t item = i / columns, column = i % columns;
        const float* source = from + (item * channels + column) * inner_;
        float* target = to + (item * channels + column * rows) * inner_;
        for (int64_t row = 0; row < rows; ++row) {
          std::copy_n(source + row * columns * inner_, inner_, target + row * inner_);
        }
      }
    });
  }

  int64_t group_ = 1, items_ = 0, members_ = 0, inner_ = 0;
};

const LayerRegistration<ShuffleChannelLayer> registration("ShuffleChannel");

}  // namespace
}  // namespace caffe
