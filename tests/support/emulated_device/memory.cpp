#include "support/emulated_device/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace emulated {

namespace {

constexpr size_t kReserved = size_t{1} << 36;
constexpr size_t kPage = 4096;
constexpr size_t kDefaultSize = size_t{8} << 30;
constexpr uint32_t kSignallingNan = 0x7FA00BAD;

size_t whole_pages(size_t bytes) {
  return std::max((bytes + kPage - 1) / kPage * kPage, kPage);
}

char* reserve() {
  void* const address =
      mmap(nullptr, kReserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) {
    std::perror("emulated device: cannot reserve addresses");
    std::abort();
  }
  return static_cast<char*>(address);
}

void poison(char* memory, size_t bytes) {
  std::fill_n(reinterpret_cast<uint32_t*>(memory), bytes / sizeof(uint32_t), kSignallingNan);
}

}  // namespace

DeviceMemory*& DeviceMemory::current() {
  static DeviceMemory* memory = new DeviceMemory;
  return memory;
}

DeviceMemory::DeviceMemory() : shadow_(reserve()), real_(reserve()), limit_(kDefaultSize) {}

void DeviceMemory::set_size(size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  limit_ = bytes;
}

size_t DeviceMemory::used() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return used_;
}

// Behind the piece before it, until the addresses are used up: what was freed stays out of reach
// for long. A page that is nobody's lies between two pieces.
void* DeviceMemory::allocate(size_t bytes) {
  const size_t size = whole_pages(bytes);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (size > limit_ || used_ > limit_ - size) return nullptr;
  for (int round = 0; round < 2; ++round) {
    size_t at = next_;
    for (auto after = pieces_.lower_bound(at);; ++after) {
      const size_t end = after == pieces_.end() ? kReserved : after->first;
      if (at + size + kPage <= end) {
        pieces_[at] = size;
        used_ += size;
        next_ = at + size + kPage;
        if (mprotect(real_ + at, size, PROT_READ | PROT_WRITE) != 0) std::abort();
        poison(real_ + at, size);
        return shadow_ + at;
      }
      if (after == pieces_.end()) break;
      at = after->first + after->second + kPage;
    }
    next_ = 0;
  }
  return nullptr;
}

void DeviceMemory::free(void* memory) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto piece = pieces_.find(static_cast<size_t>(static_cast<char*>(memory) - shadow_));
  if (piece == pieces_.end()) {
    std::fprintf(stderr, "emulated device: %p is freed, which is not allocated\n", memory);
    std::abort();
  }
  // Given back to the system: the next one to get these addresses finds poison again.
  madvise(real_ + piece->first, piece->second, MADV_DONTNEED);
  mprotect(real_ + piece->first, piece->second, PROT_NONE);
  used_ -= piece->second;
  pieces_.erase(piece);
}

void* DeviceMemory::behind(const void* address, size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto offset = static_cast<size_t>(static_cast<const char*>(address) - shadow_);
  auto piece = pieces_.upper_bound(offset);
  if (offset < kReserved && piece != pieces_.begin()) {
    --piece;
    if (offset + bytes <= piece->first + piece->second) return real_ + offset;
  }
  std::fprintf(stderr,
               "emulated device: a kernel uses %zu bytes at %p, which are not all of the "
               "device's, or are freed\n",
               bytes, address);
  std::abort();
}

}  // namespace emulated
