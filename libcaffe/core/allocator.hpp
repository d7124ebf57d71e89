// Memory for the values of blobs.
#pragma once

#include <cstdint>
#include <memory>

namespace caffe {

// Fails when there is no memory for so many floats.
void require_room(int64_t count);

// New memory of zeros, aligned to a cache line; fails when there is none.
std::shared_ptr<float> allocate_zeros(int64_t count);

}  // namespace caffe
