// Padding: zeros around each channel's image, or rows and columns taken off it.
//
//   pad_beg  0; rows above and columns to the left; negative ones are taken off
//   pad_end  0; rows below and columns to the right; not of the other sign
//
// Bottom: N x C x H x W. Top: N x C x (H + pad_beg + pad_end) x (W + pad_beg + pad_end). Not in
// place.
//
// Fork: TheLegendAli/DeepLab-Context (DeepLab v1), where it is V1's type PADDING.
//
//   layer { name: "pad" type: "Padding" bottom: "data" top: "pad"
//           padding_param { pad_beg: 1 pad_end: 2 } }
#include "layers/base/box_copy.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class PaddingLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    begin_ = param().padding_param->pad_beg;
    end_ = param().padding_param->pad_end;
    if ((begin_ < 0 && end_ > 0) || (begin_ > 0 && end_ < 0)) {
      fail(Status::kInvalidArgument, "padding_param.pad_beg: ", begin_, " and pad_end: ", end_,
           " must both add rows and columns, or both take them off");
    }
    const int64_t offset = adds() ? begin_ : -begin_;
    offset_ = {0, 0, offset, offset};
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    const int64_t more = begin_ + end_;
    if (shape[2] + more < 1 || shape[3] + more < 1) {
      fail(Status::kShape, "nothing is left of ", bottom_name(0), ", whose shape is ", shape,
           ": pad_beg and pad_end take off ", -more, " rows and columns");
    }
    top[0]->reshape({shape[0], shape[1], shape[2] + more, shape[3] + more});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (adds()) {
      place_box(kernels(), bottom[0]->data(), offset_, top[0]->data());
    } else {
      copy_box(kernels(), bottom[0]->data(), offset_, top[0]->data());
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    if (adds()) {
      copy_box(kernels(), top[0]->diff(), offset_, bottom[0]->diff());
    } else {
      place_box(kernels(), top[0]->diff(), offset_, bottom[0]->diff());
    }
  }

 private:
  bool adds() const { return begin_ > 0 || end_ > 0; }

  int64_t begin_ = 0, end_ = 0;
  std::vector<int64_t> offset_;
};

const LayerRegistration<PaddingLayer> registration("Padding");

}  // namespace
}  // namespace caffe
