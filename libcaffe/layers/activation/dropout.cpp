// Dropout: y = x * m / (1 - p), each m 0 with probability p, else 1. In phase TEST y = x.
//
//   dropout_ratio        0.5: p, at least 0 and less than 1
//   scale_train          true; false (Faster R-CNN): y = x * m, and in phase TEST y = x * (1 - p)
//   sample_weights_test  false; true (Bayesian SegNet): values are dropped in phase TEST, too
//
// Any shape; in place is allowed. The mask is a function of the net's seed, the layer, the number
// of the forward pass and the value's index alone: the same for any number of threads.
//   Srivastava et al.: "Dropout: a simple way to prevent neural networks from overfitting", JMLR
//   2014
//
// Forks: rbgirshick/caffe-fast-rcnn (scale_train); alexgkendall/caffe-segnet (sample_weights_test).
//
//   layer { name: "drop6" type: "Dropout" bottom: "fc6" top: "fc6"
//           dropout_param { dropout_ratio: 0.5 } }
#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "core/transpose.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class DropoutLayer final : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers&, const BlobPointers&) override {
    const DropoutParameter& wanted = *param().dropout_param;
    ratio_ = wanted.dropout_ratio;
    if (!(ratio_ >= 0 && ratio_ < 1)) {
      fail(Status::kInvalidArgument,
           "dropout_param.dropout_ratio must be at least 0 and less than 1, not ", ratio_);
    }
    sampling_ = phase() == TRAIN || wanted.sample_weights_test;
    if (sampling_) {
      scale_ = wanted.scale_train ? 1 / (1 - ratio_) : 1;
    } else {
      scale_ = wanted.scale_train ? 1 : 1 - ratio_;
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    top[0]->reshape(bottom[0]->shape());
    if (sampling_) mask_.reshape(bottom[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (sampling_) draw(bottom[0]->data().host_place());
    apply(bottom[0]->data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[0]) apply(top[0]->diff(), bottom[0]->diff());
  }

 private:
  void apply(ConstTensor x, Tensor y) {
    if (sampling_) {
      kernels().multiply(x, mask_.data(), y);
      return;
    }
    if (!x.same_storage(y)) kernels().copy(x, y);
    if (scale_ != 1) kernels().scale(scale_, y);
  }

  // The mask in the order of the values it is for.
  void draw(Place place) {
    const Shape& shape = mask_.shape();
    float* mask = mask_.data().write(place);
    const Rng rng = pass_rng();
    if (place == Place::kHost) {
      const int64_t count = mask_.count();
      parallel_for((count + 3) / 4, 4096, [&](int64_t begin, int64_t end) {
        draw_range(rng, begin * 4, std::min(end * 4, count), mask + begin * 4);
      });
      return;
    }
    // Some channels at a time, each in plain order, then side by side.
    constexpr int64_t kChannels = 16, kPlaces = 64;
    const int64_t channels = shape[1], space = shape.count(2);
    const int64_t blocks = divide_up(channels, kChannels);
    parallel_for(shape[0] * blocks, grain_of(kChannels * space), [&](int64_t begin, int64_t end) {
      float rows[kChannels * kPlaces];
      for (int64_t task = begin; task < end; ++task) {
        const int64_t first = task % blocks * kChannels, image = task / blocks;
        const int64_t width = std::min(kChannels, channels - first);
        for (int64_t at = 0; at < space; at += kPlaces) {
          const int64_t places = std::min(kPlaces, space - at);
          for (int64_t c = 0; c < width; ++c) {
            const int64_t index = (image * channels + first + c) * space + at;
            draw_range(rng, index, index + places, rows + c * kPlaces);
          }
          transpose(rows, kPlaces, width, places, mask + (image * space + at) * channels + first,
                    channels);
        }
      }
    });
  }

  // The mask of the values of index [begin, end) in plain order.
  void draw_range(const Rng& rng, int64_t begin, int64_t end, float* mask) const {
    const uint64_t threshold = static_cast<uint64_t>(double{ratio_} * 0x1p32);
    for (int64_t group = begin / 4; group * 4 < end; ++group) {
      const auto words = rng.group(static_cast<uint64_t>(group));
      const int64_t stop = std::min(group * 4 + 4, end);
      for (int64_t i = std::max(group * 4, begin); i < stop; ++i) {
        mask[i - begin] = words[static_cast<size_t>(i % 4)] >= threshold ? scale_ : 0;
      }
    }
  }

  float ratio_ = 0.5f, scale_ = 1;
  bool sampling_ = false;
  Blob mask_;  // 0 or scale_
};

const LayerRegistration<DropoutLayer> registration("Dropout");

}  // namespace
}  // namespace caffe
