// The greatest value of each item of a blob that is outer x channels x inner (ArgMax, and layers
// that turn scores into labels).
#pragma once

#include <cmath>

#include "kernels/kernels.hpp"

namespace caffe {

// Whether a > b, where a NaN is greater than any number.
inline bool greater(float a, float b) {
  return a > b || (std::isnan(a) && !std::isnan(b));
}

enum class Ties { kFirst, kLast };  // which of equal values is taken for the greatest

// Writes outer x inner indices of channels, and the values there, each where it is not nullptr, by
// greater(). There is at least one channel.
void find_greatest(const float* x, const SoftmaxSpec& spec, Ties ties, float* index, float* value);

}  // namespace caffe
