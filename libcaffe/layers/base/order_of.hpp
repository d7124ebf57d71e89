// In which order a walk over values goes when either will do.
#pragma once

#include "kernels/kernels.hpp"

namespace caffe {

// The order of the values where the kernels work, or else where they lie.
inline Order order_of(const Kernels& kernels, ConstTensor x) {
  const Place here = Place::kHost.on(kernels.device().index());
  const bool last = x.valid(here.in(Order::kChannelsLast)) && !x.valid(here);
  return last ? Order::kChannelsLast : Order::kPlain;
}

}  // namespace caffe
