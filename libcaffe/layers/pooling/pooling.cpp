// Pooling: over each channel's windows, their maximum, average, or a value drawn from them.
//
//   pool            MAX; AVE; STOCHASTIC (stochastic_pooling.hpp)
//   kernel_size     required (or kernel_h and kernel_w), unless global_pooling or bins are given
//   stride          1 (or stride_h and stride_w)
//   pad             0 (or pad_h and pad_w), less than the kernel; ignored by the maximum, counted
//                   as zeros by the average; none with STOCHASTIC
//   global_pooling  false; true: the window is the whole image
//   bin_size        none (or bin_h and bin_w): so many windows along each axis, side by side, whose
//                   kernel is the bottom's size divided by it, rounded up, and whose pad is half of
//                   what they reach over it, rounded down (weiliu89/caffe, fcn)
//   round_mode      CEIL, FLOOR
//   ceil_mode       true; false is another way to say round_mode: FLOOR (models made by converters)
//   torch_pooling   false; true is another (Facebook's fork)
//   round_below     false; true is another (other forks)
//   engine          accepted, means nothing here
//
// Bottom: N x C x H x W. Top: N x C x H' x W' with H' = (H + 2 pad - kernel) / stride + 1, rounded
// as round_mode says; with padding, a last window that would begin behind the image and its lower
// padding is dropped. Second top, for MAX: the index h * W + w of each maximum within its plane,
// the first one of equals.
//
//   layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
//           pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
#include "core/checked.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/pooling/pooling_geometry.hpp"
#include "layers/pooling/stochastic_pooling.hpp"

namespace caffe {
namespace {

class PoolingLayer final : public Layer {
 public:
  using Layer::Layer;

  static CoordinateMap coordinates(const LayerParameter& param) {
    const PoolingGeometry geometry = read_geometry(*param.pooling_param);
    if (geometry.kernel.h == 0) {
      fail(Status::kInvalidArgument, "its kernel is as large as its bottom");
    }
    return window_coordinates({geometry.kernel.h, geometry.kernel.w},
                              {geometry.stride.h, geometry.stride.w},
                              {geometry.pad.h, geometry.pad.w});
  }

  Arity arity() const override {
    // Only the maximum has a mask.
    return {1, 1, 1, param().pooling_param->pool == PoolingParameter::MAX ? 2 : 1, false};
  }
  std::string implementation() const override {
    return operation_ == nullptr ? "" : operation_->implementation();
  }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const PoolingParameter& wanted = *param().pooling_param;
    if (wanted.pool != PoolingParameter::MAX && wanted.pool != PoolingParameter::AVE &&
        wanted.pool != PoolingParameter::STOCHASTIC) {
      fail(Status::kInvalidArgument, "pooling_param.pool: ", static_cast<int>(wanted.pool),
           " is none of MAX, AVE and STOCHASTIC");
    }
    geometry_ = read_geometry(wanted);
    if (wanted.has_bin_size() || wanted.has_bin_h() || wanted.has_bin_w()) read_bins(wanted);
    training_ = phase() == TRAIN;
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    with_context([&] { return bottom_name(0); },
                 [&] {
                   if (param().pooling_param->global_pooling) {
                     geometry_.kernel = {shape[2], shape[3]};
                   } else if (bins_.h > 0) {
                     geometry_ = bins_geometry({shape[2], shape[3]}, bins_, false);
                   }
                   if (!ready_ || !(spec_.bottom == shape)) prepare(shape);
                 });
    for (Blob* each : top) each->reshape(spec_.top);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (stochastic_) {
      const std::optional<Rng> rng = phase() == TRAIN ? std::optional(pass_rng()) : std::nullopt;
      return stochastic_->forward(bottom[0]->data(), top[0]->data(), rng);
    }
    std::optional<Tensor> mask;
    if (top.size() > 1) mask = top[1]->data();
    operation_->forward(bottom[0]->data(), top[0]->data(), mask);
  }

  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    return capped_mul(capped_mul(top[0]->count(), spec_.kernel_h), spec_.kernel_w);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    if (stochastic_) {
      return stochastic_->backward(bottom[0]->data(), top[0]->diff(), bottom[0]->diff());
    }
    if (!training_) {
      // A gradient in phase TEST: the forward before it kept nothing, so it is run once more, from
      // now on for training. The top may have been changed in place since: it stays as it is.
      training_ = true;
      prepare(spec_.bottom);
      Blob scratch(top[0]->shape());
      operation_->forward(bottom[0]->data(), scratch.data(), std::nullopt);
    }
    operation_->backward(top[0]->diff(), bottom[0]->diff());
  }

 private:
  bool forget_operations() override {
    ready_ = false;
    return true;
  }

  void read_bins(const PoolingParameter& wanted) {
    bins_ = read_height_width("pooling_param", "bin_size", wanted.has_bin_size(), wanted.bin_size,
                              wanted.has_bin_h(), wanted.bin_h, wanted.has_bin_w(), wanted.bin_w);
    if (bins_.h == 0 || bins_.w == 0) {
      fail(Status::kInvalidArgument, "pooling_param: there must be at least 1 x 1 bins, not ",
           bins_.h, " x ", bins_.w);
    }
    if (wanted.global_pooling || wanted.pool == PoolingParameter::STOCHASTIC) {
      fail(Status::kInvalidArgument,
           "pooling_param.bin_size goes neither with global_pooling nor with STOCHASTIC");
    }
  }

  void prepare(const Shape& bottom) {
    spec_ = geometry_.spec(bottom);
    spec_.training = training_;
    const auto pool = param().pooling_param->pool;
    spec_.method = pool == PoolingParameter::AVE ? PoolingMethod::kAverage : PoolingMethod::kMax;
    if (pool == PoolingParameter::STOCHASTIC) {
      stochastic_ = std::make_unique<StochasticPooling>(spec_);
    } else {
      operation_ = kernels().pooling(spec_);
    }
    ready_ = true;
  }

  PoolingGeometry geometry_;
  HeightWidth bins_;
  PoolingSpec spec_;
  bool training_ = false, ready_ = false;
  std::unique_ptr<Pooling> operation_;
  std::unique_ptr<StochasticPooling> stochastic_;
};

const LayerRegistration<PoolingLayer> registration("Pooling");

}  // namespace
}  // namespace caffe
