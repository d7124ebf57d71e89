// In which order a walk over values goes when either will do.
#pragma once

#include "core/common_place.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// The order of the values where the kernels work, or else where they lie.
inline Order order_of(const Kernels& kernels, ConstTensor x) {
  return common_place({x}, kernels.device().place()).order;
}

}  // namespace caffe
