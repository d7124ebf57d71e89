#include "layers/base/box_copy.hpp"

#include "core/order.hpp"
#include "layers/base/order_of.hpp"

namespace caffe {

namespace {

// The walk through the box in the order in which values lie, and its steps in both tensors.
Strides walk(const Shape& whole, const Shape& box, const std::vector<int64_t>& offset, Order order,
             bool places) {
  const std::vector<int> axes = axes_at(Place{0, order}, whole.axes());
  std::vector<int64_t> of_whole(axes.size()), of_box(axes.size());
  int64_t start = 0, whole_step = 1, box_step = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    of_whole[i] = whole_step;
    of_box[i] = box_step;
    start += offset[static_cast<size_t>(axes[i])] * whole_step;
    whole_step *= whole[axes[i]];
    box_step *= box[axes[i]];
  }
  Strides strides;
  for (size_t i = 0; i < axes.size(); ++i) {
    strides.add(box[axes[i]], (places ? of_box : of_whole)[i], (places ? of_whole : of_box)[i]);
  }
  (places ? strides.to_offset : strides.from_offset) = start;
  return strides;
}

}  // namespace

void copy_box(Kernels& kernels, ConstTensor whole, const std::vector<int64_t>& offset, Tensor box) {
  const Order order = order_of(kernels, whole);
  kernels.copy_strided(walk(whole.shape(), box.shape(), offset, order, false), Into::kWhole, whole,
                       box, order, order);
}

void place_box(Kernels& kernels, ConstTensor box, const std::vector<int64_t>& offset,
               Tensor whole) {
  const Order order = order_of(kernels, box);
  kernels.fill(0, whole);
  kernels.copy_strided(walk(whole.shape(), box.shape(), offset, order, true), Into::kPart, box,
                       whole, order, order);
}

}  // namespace caffe
