// How many parts of a size cover something, and how much they are together; for value >= 0 and
// by > 0. Always inlined: code that is compiled for one instruction set must leave no copy of it to
// the linker.
#pragma once

#include <cstdint>

namespace caffe {

// value / by, rounded up.
[[gnu::always_inline]] constexpr int64_t divide_up(int64_t value, int64_t by) {
  return (value + by - 1) / by;
}

// The multiple of `by` that is not below `value`.
[[gnu::always_inline]] constexpr int64_t round_up(int64_t value, int64_t by) {
  return divide_up(value, by) * by;
}

}  // namespace caffe
