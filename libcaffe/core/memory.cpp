#include "core/memory.hpp"

#include <fstream>
#include <string>

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

}  // namespace caffe
