#include "core/memory_pool.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/error.hpp"
#include "core/memory.hpp"

namespace caffe {

namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector

[[noreturn]] void fail_for_memory(int64_t count) {
  fail(Status::kOutOfMemory, "no memory for a blob of ", count, " floats");
}

int64_t bytes_of(const MemoryPool::Piece& piece) {
  return piece.capacity * static_cast<int64_t>(sizeof(float));
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

MemoryPool::Piece MemoryPool::take(int64_t count) {
  constexpr int64_t kSlack = 16 * 1024;
  std::lock_guard<Mutex> lock(mutex_);
  auto best = free_.end();
  for (auto each = free_.begin(); each != free_.end(); ++each) {
    const int64_t capacity = each->piece.capacity;
    if (capacity < count || capacity > 2 * count + kSlack) continue;
    if (best == free_.end() || capacity < best->piece.capacity) best = each;
  }
  if (best == free_.end()) {
    Piece piece{allocate_zeros(count), count};
    size_ += bytes_of(piece);
    return piece;
  }
  Piece piece = std::move(best->piece);
  free_.erase(best);
  return piece;
}

void MemoryPool::give(Piece piece) {
  std::lock_guard<Mutex> lock(mutex_);
  free_.push_back({std::move(piece), false});
}

void MemoryPool::trim() {
  std::lock_guard<Mutex> lock(mutex_);
  const auto rested = std::stable_partition(free_.begin(), free_.end(),
                                            [](const Free& each) { return !each.rested; });
  for (auto each = rested; each != free_.end(); ++each) size_ -= bytes_of(each->piece);
  free_.erase(rested, free_.end());
  for (Free& each : free_) each.rested = true;
}

}  // namespace caffe
