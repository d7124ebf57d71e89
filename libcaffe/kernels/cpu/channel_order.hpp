// How the channels of a view lie in the replicas that a function per channel works on.
#pragma once

#include <algorithm>
#include <initializer_list>

#include "core/common_place.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// items x rows x channels x inner values at `place`; item i's coefficients are those from
// i * channels on.
struct ChannelOrder {
  Place place = Place::kHost;
  int64_t items = 1, rows, channels, inner;

  // In plain order.
  explicit ChannelOrder(const ChannelView& view)
      : rows(view.outer), channels(view.channels), inner(view.inner) {}

  // Channels-last when the view's channels are axis 1, or axes 0 and 1, or do not divide images,
  // all operands have one shape, and the inputs lie so.
  ChannelOrder(const ChannelView& view, std::initializer_list<ConstTensor> operands,
               std::initializer_list<ConstTensor> inputs)
      : ChannelOrder(view) {
    const Shape& shape = operands.begin()->shape();
    const bool one_shape =
        std::all_of(operands.begin(), operands.end(),
                    [&](const ConstTensor& each) { return each.shape() == shape; });
    if (!one_shape || shape.axes() < 3 || shape.count() == 0) return;
    if (common_place(inputs) != Place::kHostNhwc) return;
    const int64_t space = shape.count(2);
    if (view.channels == 1 || view.inner % shape.count(1) == 0) {
      place = Place::kHostNhwc;
    } else if (view.inner == space && view.channels == shape[1]) {
      *this = ChannelOrder(1, view.outer * space, view.channels);
    } else if (view.inner == space && view.channels == shape[0] * shape[1]) {
      *this = ChannelOrder(shape[0], space, shape[1]);
    }
  }

 private:
  ChannelOrder(int64_t items_, int64_t rows_, int64_t channels_)
      : place(Place::kHostNhwc), items(items_), rows(rows_), channels(channels_), inner(1) {}
};

}  // namespace caffe
