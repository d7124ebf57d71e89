// video-caffe's kernel_shape, stride_shape and pad_shape: a number for each spatial axis.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "schema/messages.hpp"

namespace caffe {

// The numbers of `shape`; fails on those that kernel_size, stride and pad, of 32 bits, cannot say.
// `field` is for messages.
inline std::vector<int64_t> shape_numbers(const std::string& field, const BlobShape& shape) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  for (const int64_t number : shape.dim) {
    if (number >= 0 && number <= kMost) continue;
    fail(Status::kInvalidArgument, field, " has ", number, ", expected numbers from 0 to ", kMost);
  }
  return shape.dim;
}

}  // namespace caffe
