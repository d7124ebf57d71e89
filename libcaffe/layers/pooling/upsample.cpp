// Upsample: the way back from MAX pooling: each value of the first bottom goes to the place of the
// top that the second names, all else is 0.
//
//   scale       2 (or scale_h and scale_w): how often as large as the bottom the top is
//   pad_out_h   false; true: one row less than scale says; for a scale of 2 only
//   pad_out_w   false; true: one column less
//   upsample_h  the top's rows, with upsample_w; both, instead of scale
//   upsample_w  the top's columns
//
// Bottoms: N x C x H x W, and the second top of a Pooling of that shape: indices h * W' + w within
// the channel's plane. Top: N x C x H' x W'. Of several values with one place the last one stays;
// each gets the place's whole gradient. The indices get none. Not in place.
//
// Fork: alexgkendall/caffe-segnet, TimoSaemann/ENet (the same code). With one bottom it is the
// other Upsample (nearest).
//
//   layer { name: "upsample5" type: "Upsample" bottom: "pool5" bottom: "pool5_mask" top: "pool5_D"
//           upsample_param { scale: 2 upsample_w: 30 upsample_h: 23 } }
#include "core/checked.hpp"
#include "layers/base/registry.hpp"
#include "layers/pooling/mask.hpp"
#include "layers/pooling/pooling_geometry.hpp"

namespace caffe {
namespace {

class UpsampleLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  bool allow_force_backward(int bottom) const override { return bottom == 0; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const UpsampleParameter& wanted = *param().upsample_param;
    if (wanted.has_upsample_h() != wanted.has_upsample_w()) {
      fail(Status::kInvalidArgument,
           "upsample_param must give both upsample_h and upsample_w, or neither");
    }
    if (wanted.has_upsample_h()) return;
    scale_ = read_height_width("upsample_param", "scale", wanted.has_scale(), wanted.scale,
                               wanted.has_scale_h(), wanted.scale_h, wanted.has_scale_w(),
                               wanted.scale_w);
    if (scale_.h < 1 || scale_.w < 1) {
      fail(Status::kInvalidArgument, "upsample_param: the scale must be at least 1, not ", scale_.h,
           " x ", scale_.w);
    }
    if ((wanted.pad_out_h && scale_.h != 2) || (wanted.pad_out_w && scale_.w != 2)) {
      fail(Status::kInvalidArgument,
           "upsample_param: pad_out_h and pad_out_w go with a scale of 2 only, not ", scale_.h,
           " x ", scale_.w);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    if (!(bottom[1]->shape() == shape)) {
      fail(Status::kShape, bottom_name(1), " must hold an index for each value of ", bottom_name(0),
           ": it has shape ", bottom[1]->shape(), ", the other ", shape);
    }
    const UpsampleParameter& wanted = *param().upsample_param;
    HeightWidth size{wanted.upsample_h, wanted.upsample_w};
    if (!wanted.has_upsample_h()) {
      size = {checked_mul(shape[2], scale_.h) - (wanted.pad_out_h ? 1 : 0),
              checked_mul(shape[3], scale_.w) - (wanted.pad_out_w ? 1 : 0)};
    }
    if (size.h < 1 || size.w < 1) {
      fail(Status::kShape, "the top would have ", size.h, " x ", size.w, " places");
    }
    top[0]->reshape({shape[0], shape[1], size.h, size.w});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    check_mask(*bottom[1], top[0]->shape(), bottom_name(1));
    kernels().scatter(bottom[0]->data(), bottom[1]->data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    check_mask(*bottom[1], top[0]->shape(), bottom_name(1));
    kernels().gather(top[0]->diff(), bottom[1]->data(), bottom[0]->diff());
  }

 private:
  HeightWidth scale_;
};

bool has_indices(const LayerParameter& param) {
  return param.bottom.size() > 1;
}

const LayerRegistration<UpsampleLayer> registration("Upsample", {"segnet", has_indices});

}  // namespace
}  // namespace caffe
