// How much memory there is to be had, and what asks for more.
#include "core/system_memory.hpp"

#include <cstdint>

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(system_memory_is_asked_before_much_is_taken) {
  CHECK(available_memory() > 0);
  require_memory("classes", 0, 1);
  require_memory("classes", 1000, 8);
  CHECK_FAILS(Status::kOutOfMemory, "no memory for 9223372036854775807 classes",
              require_memory("classes", INT64_MAX, 8));
}

}  // namespace
}  // namespace caffe::test
