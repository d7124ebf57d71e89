// Permute: puts the axes in another order: the top's axis i is the bottom's axis order[i].
//
//   order  which axes come first, each at most once; those that are not named follow in their own
//          order
//
// Bottom: any shape; top: its extents in the new order. Not in place. The order 0 2 3 1 of images
// is the channels-last layout that the CPU kernels work in: then nothing moves.
//
// Fork: weiliu89/caffe (ssd).
//
//   layer { name: "conv4_3_norm_mbox_loc_perm" type: "Permute" bottom: "conv4_3_norm_mbox_loc"
//           top: "conv4_3_norm_mbox_loc_perm"
//           permute_param { order: 0 order: 2 order: 3 order: 1 } }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class PermuteLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const Shape& shape = bottom[0]->shape();
    order_.clear();
    std::vector<bool> named(static_cast<size_t>(shape.axes()));
    for (const uint32_t axis : param().permute_param->order) {
      if (axis >= named.size()) {
        fail(Status::kShape, "permute_param.order: ", axis, " is no axis of ", bottom_name(0),
             " of shape ", shape);
      }
      if (named[axis]) {
        fail(Status::kInvalidArgument, "permute_param.order names axis ", axis, " twice");
      }
      named[axis] = true;
      order_.push_back(axis);
    }
    for (size_t axis = 0; axis < named.size(); ++axis) {
      if (!named[axis]) order_.push_back(axis);
    }
    std::vector<int64_t> dims;
    for (const size_t axis : order_) dims.push_back(shape.dims()[axis]);
    top[0]->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().copy_strided(walk(bottom[0]->shape(), false), Into::kWhole, bottom[0]->data(),
                           top[0]->data(), bottom_order());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    kernels().copy_strided(walk(bottom[0]->shape(), true), Into::kWhole, top[0]->diff(),
                           bottom[0]->diff(), Order::kPlain, bottom_order());
  }

 private:
  // What moves channels behind space is how values lie with channels last.
  Order bottom_order() const {
    const bool last = order_ == std::vector<size_t>{0, 2, 3, 1};
    return last ? Order::kChannelsLast : Order::kPlain;
  }

  // Through the top's axes in their order, with their steps in the bottom; or the other way.
  Strides walk(const Shape& shape, bool back) const {
    Strides strides;
    const bool last = bottom_order() == Order::kChannelsLast;
    int64_t step = shape.count();
    for (const size_t axis : order_) {
      const int64_t extent = shape.dims()[axis];
      step = extent == 0 ? 0 : step / extent;
      const int64_t of_bottom = last ? step : shape.count(static_cast<int>(axis) + 1);
      strides.add(extent, back ? step : of_bottom, back ? of_bottom : step);
    }
    return strides;
  }

  std::vector<size_t> order_;
};

const LayerRegistration<PermuteLayer> registration("Permute");

}  // namespace
}  // namespace caffe
