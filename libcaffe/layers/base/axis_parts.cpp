#include "layers/base/axis_parts.hpp"

#include "core/order.hpp"

namespace caffe {

namespace {

// Channels-last values stay so along the axes that keep their places in it.
bool keeps_order(int axis) {
  return axis <= 1;
}

// The order in which more of the values lie only, on the host and on the device.
Order order_of(const Kernels& kernels, const std::vector<ConstTensor>& parts, int axis) {
  if (!keeps_order(axis)) return Order::kPlain;
  const Place here = kernels.device().place();
  int64_t last_only = 0, plain_only = 0;
  for (const ConstTensor& part : parts) {
    const bool plain = part.valid(here);
    const bool last = part.valid(here.in(Order::kChannelsLast));
    if (last && !plain) last_only += part.count();
    if (plain && !last) plain_only += part.count();
  }
  return last_only > plain_only ? Order::kChannelsLast : Order::kPlain;
}

// The walk along a part of `length` values in each of the whole's outer runs, which begins at
// `offset` there.
Strides walk(const ChannelView& whole, int64_t offset, int64_t length, bool joins) {
  const int64_t step = whole.channels * whole.inner;
  Strides strides;
  strides.add(whole.outer, joins ? length : step, joins ? step : length);
  strides.add(length, 1, 1);
  (joins ? strides.to_offset : strides.from_offset) = offset;
  return strides;
}

}  // namespace

void join_parts(Kernels& kernels, const std::vector<ConstTensor>& parts, int axis, Tensor whole) {
  const Order order = order_of(kernels, parts, axis);
  const ChannelView lie = order_at(Place{0, order}, whole.shape(), axis);
  int64_t offset = 0;
  bool first = true;
  for (const ConstTensor& part : parts) {
    const int64_t length = part.shape()[axis] * lie.inner;
    // The others are overwritten by those that follow.
    const Into into = first ? Into::kWhole : Into::kPart;
    kernels.copy_strided(walk(lie, offset, length, true), into, part, whole, order, order);
    offset += length;
    first = false;
  }
}

void split_parts(Kernels& kernels, ConstTensor whole, int axis, const std::vector<int64_t>& extents,
                 const std::vector<std::optional<Tensor>>& parts) {
  const Order order = order_of(kernels, {whole}, axis);
  const ChannelView lie = order_at(Place{0, order}, whole.shape(), axis);
  int64_t offset = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const int64_t length = extents[i] * lie.inner;
    if (parts[i]) {
      kernels.copy_strided(walk(lie, offset, length, false), Into::kWhole, whole, *parts[i], order,
                           order);
    }
    offset += length;
  }
}

}  // namespace caffe
