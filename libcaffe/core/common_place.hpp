// Which replicas a function that treats every value alike works on: all operands on the same place.
#pragma once

#include <initializer_list>

#include "core/blob.hpp"

namespace caffe {

// Of the place `plain`, a device's, and the same with channels last: the latter when every operand
// has the same shape and more of them lie there only than lie in plain order only (the others are
// reordered if they must). Operands that are overwritten need not be named.
template <class Operands = std::initializer_list<ConstTensor>>
Place common_place(const Operands& operands, Place plain = Place::kHost) {
  const Place last = plain.in(Order::kChannelsLast);
  int last_only = 0, plain_only = 0;
  for (const ConstTensor& operand : operands) {
    if (!(operand.shape() == operands.begin()->shape())) return plain;
    const bool in_plain = operand.valid(plain), in_last = operand.valid(last);
    last_only += in_last && !in_plain;
    plain_only += in_plain && !in_last;
  }
  return last_only > plain_only ? last : plain;
}

}  // namespace caffe
