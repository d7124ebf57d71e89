// The emulated device's memory: a mapping of its own, known to others by addresses of a second one
// that nobody may touch. So a host that follows a pointer of the device faults, and so does a
// kernel that follows one of the host or of what has been freed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace emulated {

class DeviceMemory {
 public:
  static DeviceMemory& get() { return *current(); }
  // In a child made by fork(): nothing of what another thread may have been at.
  static void renew() { current() = new DeviceMemory; }

  // Null when there is no room for so many bytes. Filled with signalling NaNs.
  void* allocate(size_t bytes);
  // Filled with them once more, and out of reach.
  void free(void* memory);

  // Where `bytes` bytes at an address of the device really lie; ends the process, with a sentence,
  // unless all of them are in one piece that was allocated.
  void* behind(const void* address, size_t bytes);

  size_t used();
  size_t size() const { return limit_; }
  void set_size(size_t bytes);

 private:
  DeviceMemory();
  static DeviceMemory*& current();

  std::mutex mutex_;
  char* shadow_ = nullptr;  // what others know
  char* real_ = nullptr;
  size_t limit_ = 0, used_ = 0, next_ = 0;
  std::map<size_t, size_t> pieces_;  // offset and size, of those allocated
};

}  // namespace emulated
