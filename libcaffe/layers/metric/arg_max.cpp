// ArgMax: the indices of the top_k greatest values, and the values if wanted.
//
//   out_max_val  false; true: the values, beside the indices or, with axis, in their stead
//   top_k        1, at most the number of values that are compared
//   axis         none: all values of an item (everything behind the first axis) are compared, and
//                counted from its first; given: those along the axis
//
// Bottom: any shape. Top: with axis, the bottom's shape with top_k along the axis. Without, N x 1 x
// top_k, with out_max_val N x 2 x top_k, indices before values, padded with 1s to the bottom's
// number of axes. From the greatest to the least, of equals the greatest index first; a NaN counts
// as greater than any number. There is no gradient.
//
//   layer { name: "argmax" type: "ArgMax" bottom: "conv_classifier" top: "argmax"
//           argmax_param { axis: 1 } }
#include <algorithm>

#include "layers/base/axis_parts.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ArgMaxLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const ArgMaxParameter& wanted = *param().argmax_param;
    const Shape& shape = bottom[0]->shape();
    std::vector<int64_t> dims = shape.dims();
    if (wanted.has_axis()) {
      const int axis = bottom_axis(bottom, 0, wanted.axis, "argmax_param.axis");
      spec_ = {shape.count(0, axis), shape[axis], shape.count(axis + 1)};
      dims[static_cast<size_t>(axis)] = wanted.top_k;
    } else {
      const int64_t items = shape.axes() > 0 ? shape[0] : 1;
      spec_ = {items, shape.axes() > 0 ? shape.count(1) : 1, 1};
      dims.assign(static_cast<size_t>(std::max(shape.axes(), 3)), 1);
      dims[0] = items;
      dims[1] = wanted.out_max_val ? 2 : 1;
      dims[2] = wanted.top_k;
    }
    if (wanted.top_k < 1 || wanted.top_k > spec_.channels) {
      fail(Status::kInvalidArgument, "argmax_param.top_k must be at least 1 and at most ",
           spec_.channels, ", the number of values that are compared, not ", wanted.top_k);
    }
    top[0]->reshape(Shape(dims));
    if (wanted.has_axis() || !wanted.out_max_val) return;
    dims[1] = 1;
    indices_.reshape(Shape(dims));
    values_.reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const ArgMaxParameter& wanted = *param().argmax_param;
    const Tensor y = top[0]->data();
    const auto greatest = [&](std::optional<Tensor> index, std::optional<Tensor> value) {
      kernels().greatest(bottom[0]->data(), spec_, wanted.top_k, Ties::kLast, index, value);
    };
    if (!wanted.out_max_val) return greatest(y, {});
    if (wanted.has_axis()) return greatest({}, y);
    greatest(indices_.data(), values_.data());
    join_parts(kernels(), {indices_.data(), values_.data()}, 1, y);
  }

 private:
  SoftmaxSpec spec_;
  Blob indices_, values_;  // when both are wanted
};

const LayerRegistration<ArgMaxLayer> registration("ArgMax");

}  // namespace
}  // namespace caffe
