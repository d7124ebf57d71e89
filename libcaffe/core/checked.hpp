// Integer arithmetic on sizes that reports overflow as an error instead of wrapping.
#pragma once

#include <cstdint>
#include <limits>

#include "core/error.hpp"

namespace caffe {

inline int64_t checked_mul(int64_t a, int64_t b) {
  int64_t product;
  if (__builtin_mul_overflow(a, b, &product)) {
    fail(Status::kShape, "the size ", a, " x ", b, " does not fit 64 bits");
  }
  return product;
}

// The largest number where it does not fit, for counts that are only shown or compared; of no
// negative ones.
inline int64_t capped_mul(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<int64_t>::max() : product;
}

inline int64_t checked_add(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) {
    fail(Status::kShape, "the size ", a, " + ", b, " does not fit 64 bits");
  }
  return sum;
}

}  // namespace caffe
