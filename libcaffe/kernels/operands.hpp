// Where the operands of a call lie when any order of their values will do.
#pragma once

#include <initializer_list>

#include "kernels/launch.hpp"

namespace caffe {

// Where all of y is made of x: where x lies, as long as they have one shape.
template <class Function>
Place place_of(const Launch<Function>& launch, std::initializer_list<ConstTensor> x,
               ConstTensor y) {
  return x.begin()->shape() == y.shape() ? launch.common(x) : launch.plain();
}

// Where values lie for functions of channels on axis 1, and how: channels last are no worse. Any
// other view is of the plain order.
struct Lie {
  Place place;
  caffe_channel_view view;

  template <class Function>
  Lie(const Launch<Function>& launch, const ChannelView& wanted,
      std::initializer_list<ConstTensor> operands)
      : place(launch.plain()), view(view_of(wanted)) {
    const Shape& shape = operands.begin()->shape();
    const bool of_axis_1 = shape.axes() > 2 && wanted.outer == shape[0] &&
                           wanted.channels == shape[1] && wanted.inner == shape.count(2);
    if (!of_axis_1) return;
    place = launch.common(operands);
    if (place.channels_last()) view = {view.outer * view.inner, view.channels, 1};
  }
};

}  // namespace caffe
