// The greatest value of each item of a blob that is outer x channels x inner (ArgMax, and layers
// that turn scores into labels).
#pragma once

#include "kernels/kernels.hpp"

namespace caffe {

enum class Ties { kFirst, kLast };  // which of equal values is taken for the greatest

// Writes outer x inner indices of channels, and the values there, each where it is not nullptr. A
// NaN counts as greater than any number. There is at least one channel.
void find_greatest(const float* x, const SoftmaxSpec& spec, Ties ties, float* index, float* value);

}  // namespace caffe
