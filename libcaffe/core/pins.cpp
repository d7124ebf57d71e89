// Pins: what holders of an old pointer have written, found out between two passes.
//
// Nobody can see a write through a pointer. So a value that caches are keyed on, a layer's weights
// that its kernel packs, is compared by a hash: packed weights survive a holder who only looks. Any
// other value has nobody who could tell, and counts as written, which costs nothing.
#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <vector>

#include "core/divide_up.hpp"
#include "core/storage.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

constexpr uint64_t kPrime = 0x9E3779B185EBCA87, kOther = 0xC2B2AE3D27D4EB4F;

// A round of XXH64 (Collet, 2012). Without the rotation a change of the highest bit alone, a sign,
// would stay there, and the signs behind it could take it back.
uint64_t mixed(uint64_t lane, uint64_t word) {
  return std::rotl(lane + word * kOther, 31) * kPrime;
}

// Four lanes of a multiplicative hash, at about the speed of memory.
uint64_t hash_bytes(const void* values, size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(values);
  uint64_t lanes[4] = {1, 2, 3, 4};
  size_t i = 0;
  for (; i + sizeof lanes <= size; i += sizeof lanes) {
    uint64_t words[4];
    std::memcpy(words, bytes + i, sizeof words);
    for (int lane = 0; lane < 4; ++lane) lanes[lane] = mixed(lanes[lane], words[lane]);
  }
  uint64_t hash = size;
  for (; i < size; ++i) hash = (hash ^ bytes[i]) * kPrime;
  for (uint64_t lane : lanes) hash = (hash ^ lane ^ (hash >> 29)) * kPrime;
  return hash;
}

// Of blocks, by several threads, and then of their hashes.
uint64_t hash_values(const float* values, int64_t count) {
  constexpr int64_t kBlock = 64 * 1024;
  std::vector<uint64_t> hashes(static_cast<size_t>(divide_up(count, kBlock)));
  parallel_for(static_cast<int64_t>(hashes.size()), grain_of(kBlock), [&](int64_t i, int64_t end) {
    for (; i < end; ++i) {
      const int64_t size = std::min(kBlock, count - i * kBlock);
      hashes[static_cast<size_t>(i)] =
          hash_bytes(values + i * kBlock, static_cast<size_t>(size) * sizeof(float));
    }
  });
  return hash_bytes(hashes.data(), hashes.size() * sizeof(uint64_t));
}

}  // namespace

uint64_t Storage::version() const {
  if (!keyed_) keyed_ = true;  // not written each time: clones of a net ask at once
  return version_.load();
}

std::shared_ptr<float> Storage::pin(const Shape& shape) {
  read(Place::kHost, shape);
  if (!pinned() && left_ == taken_) remember(shape);
  ++pins_;
  const std::shared_ptr<Memory>& memory = host().memory;
  memory->written_by_host();  // it may be, from now on
  return std::shared_ptr<float>(memory, memory->values());
}

void Storage::unpin() {
  ++left_;
  --pins_;
}

// The hash of what holders of pins see from now on, unless it is known, or nobody will ask for it.
void Storage::remember(const Shape& shape) {
  const uint64_t version = version_;
  if (!keyed_ || hashed_version_ == version) return;
  const uint64_t hash = hash_values(read(Place::kHost, shape), shape.count());
  std::lock_guard<Mutex> lock(mutex_);
  if (version_ != version) return;  // marked by another net, which knows its hash
  pinned_hash_ = hash;
  hashed_version_ = version;
}

void Storage::begin_pass(const Shape& shape) {
  const bool held = pinned();
  const uint64_t left = left_;  // in this order: a pin that goes counts itself first
  if (!held && left == taken_) return;
  // Where the host's replica is stale, all of the value has been written after they have.
  if (valid(Place::kHost)) {
    take_over(shape);
  } else {
    end_pass(shape);
  }
  // Only now: another net that finds nothing to take goes by the version.
  taken_ = std::max(taken_.load(), left);
}

void Storage::take_over(const Shape& shape) {
  const bool keyed = keyed_;  // another net may ask for the version meanwhile
  const uint64_t hash = keyed ? hash_values(read(Place::kHost, shape), shape.count()) : 0;
  // Nets that share weights may come here at once: the second finds what the first has marked.
  std::lock_guard<Mutex> lock(mutex_);
  if (!keyed) {
    if (replicas_.valid != host().bit) mark_written(host());
  } else if (hashed_version_ != version_ || hash != pinned_hash_) {
    mark_written(host());
    pinned_hash_ = hash;
    hashed_version_ = version_.load();
  }
}

void Storage::end_pass(const Shape& shape) {
  if (!pinned()) return;
  read(Place::kHost, shape);
  host().memory->written_by_host();  // they may, from now on
  remember(shape);
}

}  // namespace caffe
