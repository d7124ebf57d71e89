#include "core/memory_pool.hpp"

#include <algorithm>
#include <utility>

namespace caffe {

MemoryPool::Piece MemoryPool::take(int64_t bytes) {
  constexpr int64_t kSlack = 64 * 1024;
  std::lock_guard<Mutex> lock(mutex_);
  auto best = free_.end();
  for (auto each = free_.begin(); each != free_.end(); ++each) {
    const int64_t size = each->piece->bytes();
    if (size < bytes || size > 2 * bytes + kSlack) continue;
    if (best == free_.end() || size < best->piece->bytes()) best = each;
  }
  if (best == free_.end()) {
    Piece piece = Memory::of_host(bytes);
    size_ += piece->bytes();
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
  for (auto each = rested; each != free_.end(); ++each) size_ -= each->piece->bytes();
  free_.erase(rested, free_.end());
  for (Free& each : free_) each.rested = true;
}

}  // namespace caffe
