// MemoryData: batches of the images and labels that the program has handed to it
// (caffe_net_set_input_arrays, net.set_input_arrays), in their order, from the first again after
// the last.
//
//   batch_size                required; items per forward
//   channels, height, width   required; of an item, behind the transformation if there is one
//   transform_param           data/transformer.hpp; only for arrays handed over with `transform`
//   share_in_parallel         accepted, means nothing here
//
// Tops: data, N x C x H x W, and labels, N x 1 x 1 x 1; optionally height and width for each item,
// N x 1 x 1 x 2, which a DenseCRF behind it reads. A forward before there are arrays is an error.
//
// Forks: martinkersner/train-DeepLab (the third top), yahoo/CaffeOnSpark (share_in_parallel).
//
//   layer { name: "data" type: "MemoryData" top: "data" top: "label"
//           memory_data_param { batch_size: 64 channels: 3 height: 32 width: 32 } }
#include <algorithm>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "data/transformer.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class MemoryDataLayer final : public Layer, public ArraysRole {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kServes;

  MemoryDataLayer(const LayerParameter& param, const LayerContext& context)
      : Layer(param, context), transformer_(*param.transform_param, context.phase) {}

  Arity arity() const override { return {0, 0, 2, 3, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    const Shape shape = data_shape();
    if (shape.count() == 0) {
      fail(Status::kInvalidArgument, "memory_data_param needs batch_size, channels, height and ",
           "width, all of them greater than 0; it says ", shape);
    }
    batch_size_ = shape[0];
    top[0]->reshape(shape);
    top[1]->reshape({batch_size_, 1, 1, 1});
    if (top.size() > 2) top[2]->reshape({batch_size_, 1, 1, 2});
    if (own().share_in_parallel) {
      CAFFE_LOG(kWarning, "layer ", caffe::quoted(name()), ": memory_data_param.share_in_parallel ",
                "has no effect: a process has one solver for one training");
    }
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void set_arrays(const Shape& shape, const float* data, const float* labels,
                  bool transform) override {
    check_arrays(shape, transform);
    if (!transform && param().has_transform_param()) {
      CAFFE_LOG(kWarning, "layer ", caffe::quoted(name()), ": its transform_param is not applied ",
                "to arrays that are handed over without `transform`");
    }
    const int64_t count = shape[0], size = item_shape().count();
    std::vector<float> images;
    if (transform) {
      images.resize(static_cast<size_t>(checked_mul(count, size)));
      Image image{shape[1], shape[2], shape[3]};
      for (int64_t i = 0; i < count; ++i) {
        image.floats = data + i * shape.count(1);
        Rng rng(context().seed, context().stream * 2 + 1, transformed_++);
        transformer_.transform(image, rng, images.data() + i * size);
      }
    } else {
      images.assign(data, data + count * size);
    }
    labels_.assign(labels, labels + count);
    images_ = std::move(images);
    next_ = 0;
  }

  void forward(const BlobPointers&, const BlobPointers& top) override {
    if (labels_.empty()) {
      fail(Status::kState, "has no data yet: hand it arrays (caffe_net_set_input_arrays, ",
           "net.set_input_arrays) before the first forward");
    }
    top[0]->reshape(data_shape());
    top[1]->reshape({batch_size_, 1, 1, 1});
    std::copy_n(images_.data() + next_ * item_shape().count(), top[0]->count(),
                top[0]->data().write());
    std::copy_n(labels_.data() + next_, batch_size_, top[1]->data().write());
    if (top.size() > 2) {
      top[2]->reshape({batch_size_, 1, 1, 2});
      float* sizes = top[2]->data().write();
      for (int64_t i = 0; i < batch_size_; ++i) {
        *sizes++ = static_cast<float>(item_shape()[1]);
        *sizes++ = static_cast<float>(item_shape()[2]);
      }
    }
    next_ = (next_ + batch_size_) % static_cast<int64_t>(labels_.size());
  }

  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

  // The program hands each net its own items: passes of other nets take none of them.
  void seek(int64_t pass, int64_t stride) override {
    if (labels_.empty()) return;
    const auto count = static_cast<int64_t>(labels_.size());
    next_ = pass / stride % (count / batch_size_) * batch_size_;
  }

  std::function<void()> remember_pass() override {
    return [this, next = next_] { next_ = next; };
  }

 private:
  const MemoryDataParameter& own() const { return *param().memory_data_param; }
  Shape item_shape() const { return Shape({own().channels, own().height, own().width}); }
  Shape data_shape() const {
    return Shape({own().batch_size, own().channels, own().height, own().width});
  }

  void check_arrays(const Shape& shape, bool transform) const {
    if (shape[0] == 0 || shape[0] % batch_size_ != 0) {
      fail(Status::kShape, "expected a multiple of ", batch_size_, " items, the batch size, got ",
           shape[0]);
    }
    const Shape given = Shape({shape[1], shape[2], shape[3]});
    const Shape item = transform ? transformer_.shape(given) : given;
    if (!(item == item_shape())) {
      fail(Status::kShape, "expected items of ", item_shape(), " (channels x height x width), got ",
           given, transform ? str(", which transform_param makes ", item) : "");
    }
  }

  const Transformer transformer_;
  int64_t batch_size_ = 0;
  std::vector<float> images_, labels_;
  int64_t next_ = 0;          // the item that the next batch begins with
  uint64_t transformed_ = 0;  // items so far: each draws from a block of its own
};

const LayerRegistration<MemoryDataLayer> registration("MemoryData");

}  // namespace
}  // namespace caffe
