#include "core/memory_pool.hpp"

#include <algorithm>
#include <utility>

#include "core/allocator.hpp"

namespace caffe {

namespace {

int64_t bytes_of(const MemoryPool::Piece& piece) {
  return piece.capacity * static_cast<int64_t>(sizeof(float));
}

}  // namespace

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
