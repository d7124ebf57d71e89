// Crop: the part of the first bottom that has the second's size.
//
//   axis               2: the first axis that is cropped; those before it stay as they are
//   offset             0: where the part begins; one number for all cropped axes, or one for each
//   offset_from_graph  false; true: the net works out the offset of rows and columns (see below)
//
// Bottoms: the blob, and one of as many axes whose extents from `axis` on are wanted; its values
// mean nothing, its gradient is 0. Top: the first bottom's extents before `axis`, the second's from
// there on. Not in place.
//
// Forks: s9xie/hed, longjon/caffe (future), weiliu89/caffe (fcn), CCNN and CRF-RNN 0.1 have no
// crop_param: there the offset follows from the kernels, strides and pads between the two bottoms,
// so that the part lies over the places the second bottom shows. That is what a Crop without
// crop_param means in nets of dialect hed, fcn or ccnn, and V1's type CROP everywhere. Without a
// dialect such a Crop begins at offset 0, as BVLC's does; where that is another part, a warning
// says so.
//
//   layer { name: "score" type: "Crop" bottom: "upscore" bottom: "data" top: "score"
//           crop_param { axis: 2 offset: 19 } }
#include "layers/base/box_copy.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class CropLayer final : public Layer {
 public:
  using Layer::Layer;

  static CoordinateMap coordinates(const LayerParameter& param) {
    CoordinateMap map;
    const auto& offset = param.crop_param->offset;
    const size_t count = offset.size();
    // The offsets of rows and columns are the last ones.
    for (size_t i = 0; i < 2 && count > 0; ++i) {
      map.shift[i] = -static_cast<double>(count < 2 ? offset[0] : offset[count - 2 + i]);
    }
    return map;
  }

  Arity arity() const override { return Arity::exact(2, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& whole = bottom[0]->shape();
    const Shape& wanted = bottom[1]->shape();
    if (wanted.axes() < whole.axes()) {
      fail(Status::kShape, bottom_name(1), " must have at least as many axes as ", bottom_name(0),
           ": it has shape ", wanted, ", the other ", whole);
    }
    const int first = bottom_axis(bottom, 0, param().crop_param->axis, "crop_param.axis");
    const auto& given = param().crop_param->offset;
    const auto cropped = static_cast<size_t>(whole.axes() - first);
    if (given.size() > 1 && given.size() != cropped) {
      fail(Status::kInvalidArgument, "crop_param.offset is given ", given.size(),
           " times; it is wanted once, or once for each of the ", cropped, " cropped axes");
    }
    offset_.assign(static_cast<size_t>(whole.axes()), 0);
    std::vector<int64_t> dims = whole.dims();
    for (int axis = first; axis < whole.axes(); ++axis) {
      const auto at = static_cast<size_t>(axis);
      if (!given.empty())
        offset_[at] = given[given.size() == 1 ? 0 : at - static_cast<size_t>(first)];
      dims[at] = wanted[axis];
      if (offset_[at] + wanted[axis] > whole[axis]) {
        fail(Status::kShape, bottom_name(0), " is too small: ", wanted[axis],
             " places from offset ", offset_[at], " on are wanted along axis ", axis,
             ", there are ", whole[axis], " in shape ", whole);
      }
    }
    top[0]->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    copy_box(kernels(), bottom[0]->data(), offset_, top[0]->data());
  }

  int64_t flops(const BlobPointers&, const BlobPointers&) const override { return 0; }  // copies

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[0]) place_box(kernels(), top[0]->diff(), offset_, bottom[0]->diff());
    if (propagate_down[1]) kernels().fill(0, bottom[1]->diff());
  }

 private:
  std::vector<int64_t> offset_;
};

const LayerRegistration<CropLayer> registration("Crop");

}  // namespace
}  // namespace caffe
