// Upsample: each value of the bottom repeated in a square of the top.
//
//   scale  1; the square's rows and columns
//
// Bottom: N x C x H x W. Top: N x C x (H scale) x (W scale). Not in place.
//
// Fork: eric612/MobileNet-YOLO (nearest). With two bottoms it is the other Upsample (segnet).
//
//   layer { name: "upsample" type: "Upsample" bottom: "conv17" top: "upsample"
//           upsample_param { scale: 2 } }
#include "core/checked.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/order_of.hpp"
#include "layers/base/registry.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class NearestUpsampleLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const UpsampleParameter& wanted = *param().upsample_param;
    reject_fields_but(wanted, "with one bottom upsample_param", {"scale"});
    scale_ = wanted.has_scale() ? wanted.scale : 1;
    if (scale_ < 1) {
      fail(Status::kInvalidArgument, "upsample_param.scale must be at least 1, not ", scale_);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    top[0]->reshape(
        {shape[0], shape[1], checked_mul(shape[2], scale_), checked_mul(shape[3], scale_)});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Order order = order_of(kernels(), bottom[0]->data());
    kernels().copy_strided(squares(bottom[0]->shape(), order, false), Into::kWhole,
                           bottom[0]->data(), top[0]->data(), order, order);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Order order = order_of(kernels(), top[0]->diff());
    kernels().sum_strided(squares(bottom[0]->shape(), order, true), Into::kWhole, top[0]->diff(),
                          bottom[0]->diff(), order, order);
  }

 private:
  // From each pixel of the bottom to its square, or back: rows, the square's rows, pixels, the
  // square's columns, and the channels when they are innermost. In plain order the pixels come
  // last, as the longest run.
  Strides squares(const Shape& bottom, Order order, bool back) const {
    const ChannelView rows = order_at(Place{0, order}, bottom, 3);
    const int64_t width = rows.channels, pixel = rows.inner, wide = width * scale_ * pixel;
    Strides strides;
    const auto add = [&](int64_t extent, int64_t small, int64_t large) {
      strides.add(extent, back ? large : small, back ? small : large);
    };
    add(rows.outer, width * pixel, wide * scale_);
    add(scale_, 0, wide);
    if (pixel == 1) add(scale_, 0, pixel);
    add(width, pixel, scale_ * pixel);
    if (pixel != 1) add(scale_, 0, pixel);
    add(pixel, 1, 1);
    return strides;
  }

  int64_t scale_ = 1;
};

bool has_no_indices(const LayerParameter& param) {
  return param.bottom.size() < 2;
}

const LayerRegistration<NearestUpsampleLayer> registration("Upsample", {"nearest", has_no_indices});

}  // namespace
}  // namespace caffe
