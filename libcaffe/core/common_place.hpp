// Which replicas a function that treats every value alike works on: all operands on the same place.
#pragma once

#include <initializer_list>

#include "core/blob.hpp"

namespace caffe {

// kHostNhwc when every operand has the same shape and more of them lie there only than lie in plain
// order only (the others are reordered if they must); else kHost. Operands that are overwritten
// need not be named.
template <class Operands = std::initializer_list<ConstTensor>>
Place common_place(const Operands& operands) {
  int last_only = 0, plain_only = 0;
  for (const ConstTensor& operand : operands) {
    if (!(operand.shape() == operands.begin()->shape())) return Place::kHost;
    const bool plain = operand.valid(Place::kHost), last = operand.valid(Place::kHostNhwc);
    last_only += last && !plain;
    plain_only += plain && !last;
  }
  return last_only > plain_only ? Place::kHostNhwc : Place::kHost;
}

}  // namespace caffe
