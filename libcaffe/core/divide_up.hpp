#pragma once

#include <cstdint>

namespace caffe {

// value / by, rounded up, for value >= 0 and by > 0.
constexpr int64_t divide_up(int64_t value, int64_t by) {
  return (value + by - 1) / by;
}

}  // namespace caffe
