#include "core/allocator.hpp"

#include <cstdlib>

#include "core/error.hpp"
#include "core/system_memory.hpp"

namespace caffe {

namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector

[[noreturn]] void fail_for_memory(int64_t count) {
  fail(Status::kOutOfMemory, "no memory for a blob of ", count, " floats");
}

}  // namespace

void require_room(int64_t count) {
  // Many systems promise more than they have, and end the process that takes them at their word.
  constexpr int64_t kMost = int64_t{1} << 45;   // what 47 bits of address can hold
  constexpr int64_t kLarge = int64_t{1} << 28;  // worth asking the system first
  if (count > kMost || (count >= kLarge && count > available_memory() / 4)) fail_for_memory(count);
}

// Big pieces come zeroed from the system, and are touched only where they are used. Huge pages are
// not asked for: a virtual machine that hands free ones back to its host waits seconds for them.
std::shared_ptr<float> allocate_zeros(int64_t count) {
  require_room(count);
  const size_t bytes = static_cast<size_t>(count) * sizeof(float);
  size_t room = bytes + kAlignment;
  void* raw = std::calloc(1, room);
  if (raw == nullptr) fail_for_memory(count);
  void* aligned = raw;
  std::align(kAlignment, bytes, aligned, room);
  return std::shared_ptr<float>(static_cast<float*>(aligned), [raw](float*) { std::free(raw); });
}

}  // namespace caffe
