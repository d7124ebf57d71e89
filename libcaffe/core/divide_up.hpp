#pragma once

#include <cstdint>

namespace caffe {

// value / by, rounded up, for value >= 0 and by > 0. Always inlined: code that is compiled for one
// instruction set must leave no copy of it to the linker.
[[gnu::always_inline]] constexpr int64_t divide_up(int64_t value, int64_t by) {
  return (value + by - 1) / by;
}

}  // namespace caffe
