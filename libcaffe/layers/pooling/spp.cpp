// SPP: spatial pyramid pooling, which makes a top of one size of images of any: level i of the
// pyramid pools the image in 2^i x 2^i bins, and the levels stand one behind the other.
// K. He, X. Zhang, S. Ren, J. Sun: Spatial Pyramid Pooling in Deep Convolutional Networks for
// Visual Recognition, ECCV 2014.
//
//   pyramid_height  required: the number of levels
//   pool            MAX; AVE, which divides by the window's places within image and padding
//   engine          accepted, means nothing here
//
// The windows of n bins over an axis of size s: kernel and stride are s / n, rounded up, the pad is
// half of what they reach over s, rounded up (so the last level's bins may be fewer than n).
// Bottom: N x C x H x W. Top: N x (C times the sum of all levels' bins); of a single level N x C x
// 1 x 1. Not in place.
//
//   layer { name: "spp" type: "SPP" bottom: "conv5" top: "spp" spp_param { pyramid_height: 3 } }
#include "layers/base/axis_parts.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/pooling/pooling_geometry.hpp"

namespace caffe {
namespace {

class SppLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }
  std::string implementation() const override {
    return levels_.empty() ? "" : levels_[0].operation->implementation();
  }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const SPPParameter& wanted = *param().spp_param;
    // More levels than this no image has pixels for.
    if (wanted.pyramid_height == 0 || wanted.pyramid_height > 31) {
      fail(Status::kInvalidArgument, "spp_param.pyramid_height must be given, from 1 to 31, not ",
           wanted.pyramid_height);
    }
    if (wanted.pool != SPPParameter::MAX && wanted.pool != SPPParameter::AVE) {
      fail(Status::kInvalidArgument, "spp_param.pool: ", static_cast<int>(wanted.pool),
           " is neither MAX nor AVE");
    }
    levels_.resize(wanted.pyramid_height);
    training_ = phase() == TRAIN;
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    if (!(shape == bottom_)) prepare(shape);
    if (levels_.size() == 1) return top[0]->reshape(levels_[0].pooled.shape());
    int64_t width = 0;
    for (const Level& level : levels_) width += level.row[1];
    top[0]->reshape({shape[0], width});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (levels_.size() == 1) {
      return levels_[0].operation->forward(bottom[0]->data(), top[0]->data(), std::nullopt);
    }
    std::vector<ConstTensor> parts;
    for (Level& level : levels_) {
      level.operation->forward(bottom[0]->data(), level.pooled.data(), std::nullopt);
      parts.push_back(level.pooled.data().as(level.row));
    }
    join_parts(kernels(), parts, 1, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    if (!training_) {
      // The forward in phase TEST remembered no maxima: once more, from now on for training.
      training_ = true;
      prepare(bottom[0]->shape());
      for (Level& level : levels_) {
        level.operation->forward(bottom[0]->data(), level.pooled.data(), std::nullopt);
      }
    }
    if (levels_.size() == 1) {
      return levels_[0].operation->backward(top[0]->diff(), bottom[0]->diff());
    }
    std::vector<std::optional<Tensor>> parts;
    std::vector<int64_t> widths;
    for (Level& level : levels_) {
      parts.emplace_back(level.pooled.diff().as(level.row));
      widths.push_back(level.row[1]);
    }
    split_parts(kernels(), top[0]->diff(), 1, widths, parts);
    levels_[0].operation->backward(levels_[0].pooled.diff(), bottom[0]->diff());
    Blob scratch(bottom[0]->shape());
    for (size_t i = 1; i < levels_.size(); ++i) {
      levels_[i].operation->backward(levels_[i].pooled.diff(), scratch.data());
      kernels().axpby(1, scratch.data(), 1, bottom[0]->diff());
    }
  }

 private:
  bool forget_operations() override {
    bottom_ = Shape();
    return true;
  }

  struct Level {
    std::unique_ptr<Pooling> operation;
    Blob pooled;  // N x C x bins x bins
    Shape row;    // the same values as N x all others
  };

  void prepare(const Shape& bottom) {
    const bool average = param().spp_param->pool == SPPParameter::AVE;
    for (size_t i = 0; i < levels_.size(); ++i) {
      const int64_t bins = int64_t{1} << i;
      const PoolingGeometry geometry =
          with_context([&] { return str(bottom_name(0), " is too small for level ", i); },
                       [&] { return bins_geometry({bottom[2], bottom[3]}, {bins, bins}, true); });
      PoolingSpec spec = geometry.spec(bottom);
      spec.method = average ? PoolingMethod::kAverage : PoolingMethod::kMax;
      spec.training = training_;
      levels_[i].operation = kernels().pooling(spec);
      levels_[i].pooled.reshape(spec.top);
      levels_[i].row = {spec.top[0], spec.top.count(1)};
    }
    bottom_ = bottom;
  }

  std::vector<Level> levels_;
  Shape bottom_;
  bool training_ = false;
};

const LayerRegistration<SppLayer> registration("SPP");

}  // namespace
}  // namespace caffe
