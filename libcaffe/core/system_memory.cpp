#include "core/system_memory.hpp"

#include <fstream>
#include <string>

#include "core/error.hpp"

namespace caffe {

int64_t available_memory() {
  std::ifstream lines("/proc/meminfo");
  int64_t available = -1, swap = 0, kibibytes = 0;
  std::string name, unit;
  while (lines >> name >> kibibytes && std::getline(lines, unit)) {
    if (name == "MemAvailable:") available = kibibytes;
    if (name == "SwapFree:") swap = kibibytes;
  }
  return available < 0 ? INT64_MAX : (available + swap) * 1024;
}

void require_memory(const char* what, int64_t count, int64_t bytes) {
  constexpr int64_t kSmall = int64_t{1} << 30;  // not worth asking the system
  if (count <= kSmall / bytes || count <= available_memory() / bytes) return;
  fail(Status::kOutOfMemory, "no memory for ", count, " ", what);
}

}  // namespace caffe
