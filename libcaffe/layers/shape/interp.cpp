// Interp: each channel's image resized bilinearly, its corners staying where they are: place p of n
// shows the bottom's place p (m - 1) / (n - 1) of m, and its first one when n is 1.
//
//   shrink_factor  1; n = (m - 1) / shrink_factor + 1, rounded down
//   zoom_factor    1; n = (m - 1) zoom_factor + 1
//   height         0; n, for the rows
//   width          0; n, for the columns
//   pad_beg        0; at most 0: so many rows and columns of the bottom are taken off before them
//   pad_end        0; at most 0: and so many behind them
//
// m is what pad_beg and pad_end leave of the bottom. When shrink_factor or zoom_factor alone is
// given, it counts; else height and width, when both are; else both factors, shrink_factor first.
// Bottom: N x C x H x W. Top: N x C x n x n. Not in place.
//
// Fork: hszhao/PSPNet, DeepLab v2 (the same code).
//
//   layer { name: "interp" type: "Interp" bottom: "conv6" top: "interp"
//           interp_param { zoom_factor: 8 } }
#include "core/checked.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class InterpLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const InterpParameter& wanted = *param().interp_param;
    if (wanted.pad_beg > 0 || wanted.pad_end > 0) {
      fail(Status::kInvalidArgument, "interp_param.pad_beg: ", wanted.pad_beg,
           " and pad_end: ", wanted.pad_end, " must be at most 0; they take rows and columns off");
    }
    const bool sized = wanted.has_height() && wanted.has_width();
    if (!wanted.has_shrink_factor() && !wanted.has_zoom_factor() && !sized) {
      fail(Status::kInvalidArgument,
           "interp_param must give shrink_factor, zoom_factor, or height and width");
    }
    if (wanted.shrink_factor < 1 || wanted.zoom_factor < 1 ||
        (sized && (wanted.height < 1 || wanted.width < 1))) {
      fail(Status::kInvalidArgument, "interp_param: factors and sizes must be at least 1");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    const InterpParameter& wanted = *param().interp_param;
    const int64_t height = shape[2] + wanted.pad_beg + wanted.pad_end;
    const int64_t width = shape[3] + wanted.pad_beg + wanted.pad_end;
    if (height < 1 || width < 1) {
      fail(Status::kShape, "nothing is left of ", bottom_name(0), ", whose shape is ", shape,
           ", when ", -int64_t{wanted.pad_beg}, " and ", -int64_t{wanted.pad_end},
           " rows and columns are taken off");
    }
    top[0]->reshape(
        {shape[0], shape[1], resized(height, wanted.height), resized(width, wanted.width)});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const InterpParameter& wanted = *param().interp_param;
    kernels().interp(bottom[0]->data(), -int64_t{wanted.pad_beg}, -int64_t{wanted.pad_end},
                     top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const InterpParameter& wanted = *param().interp_param;
    kernels().interp_backward(top[0]->diff(), -int64_t{wanted.pad_beg}, -int64_t{wanted.pad_end},
                              bottom[0]->diff());
  }

 private:
  int64_t resized(int64_t size, int64_t given) const {
    const InterpParameter& wanted = *param().interp_param;
    const bool one = wanted.has_shrink_factor() != wanted.has_zoom_factor();
    if (!one && wanted.has_height() && wanted.has_width()) return given;
    const int64_t shrunk = (size - 1) / wanted.shrink_factor + 1;
    return checked_add(checked_mul(shrunk - 1, wanted.zoom_factor), 1);
  }
};

const LayerRegistration<InterpLayer> registration("Interp");

}  // namespace
}  // namespace caffe
