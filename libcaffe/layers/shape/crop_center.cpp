// CropCenter: what is left of a blob when equally much is cut off at both ends of its axes.
//
//   crop_size  how much, for each axis; fewer numbers are for the last axes
//
// Bottom: any shape. Top: each extent less two times its number; at least 1 must be left of an axis
// that is cut. Not in place.
//
// Fork: lltcggie/caffe (waifu2x-caffe), which wants a number for every axis.
//
//   layer { name: "crop" type: "CropCenter" bottom: "conv1" top: "crop"
//           crop_center_param { crop_size: 0 crop_size: 0 crop_size: 4 crop_size: 4 } }
#include "layers/base/box_copy.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class CropCenterLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    if (param().crop_center_param->crop_size.empty()) {
      fail(Status::kInvalidArgument, "crop_center_param.crop_size must be given, for each axis of ",
           bottom_name(0));
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    const auto& given = param().crop_center_param->crop_size;
    const size_t axes = static_cast<size_t>(shape.axes());
    if (given.size() > axes) {
      fail(Status::kInvalidArgument, "crop_center_param.crop_size is given ", given.size(),
           " times, ", bottom_name(0), " has ", axes, " axes (shape ", shape, ")");
    }
    offset_.assign(axes - given.size(), 0);
    offset_.insert(offset_.end(), given.begin(), given.end());
    std::vector<int64_t> dims = shape.dims();
    for (size_t axis = 0; axis < axes; ++axis) {
      dims[axis] -= 2 * offset_[axis];
      if (offset_[axis] > 0 && dims[axis] < 1) {
        fail(Status::kShape, "nothing is left of ", bottom_name(0), ", whose shape is ", shape,
             ": crop_size takes ", 2 * offset_[axis], " off axis ", axis);
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
  }

 private:
  std::vector<int64_t> offset_;
};

const LayerRegistration<CropCenterLayer> registration("CropCenter");

}  // namespace
}  // namespace caffe
