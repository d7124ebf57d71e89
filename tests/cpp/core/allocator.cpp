// Memory for the values of blobs: zeros, aligned, and no more than there is.
#include "core/allocator.hpp"

#include <algorithm>
#include <cstdint>

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(allocator_gives_zeros_from_the_start_of_a_cache_line) {
  for (const int64_t count : {1, 1000, 100'000}) {
    const std::shared_ptr<float> values = allocate_zeros(count);
    CHECK_EQ(reinterpret_cast<uintptr_t>(values.get()) % 64, uintptr_t{0});
    CHECK_EQ(std::count(values.get(), values.get() + count, 0.0f), count);
  }
  CHECK(allocate_zeros(0) != nullptr);
}

TEST(allocator_refuses_what_no_system_has) {
  require_room(1000);
  CHECK_FAILS(Status::kOutOfMemory, "no memory for a blob of 1125899906842624 floats",
              require_room(int64_t{1} << 50));
  CHECK_FAILS(Status::kOutOfMemory, "no memory for a blob of", allocate_zeros(INT64_MAX / 8));
}

}  // namespace
}  // namespace caffe::test
