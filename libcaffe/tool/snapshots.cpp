#include "tool/snapshots.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>

namespace caffe::tool {

std::string newest_snapshot(const std::string& prefix) {
  namespace fs = std::filesystem;
  const fs::path path(prefix);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string begin = path.filename().string() + "_iter_";
  std::string newest;
  int64_t newest_iter = -1;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(begin)) continue;
    int64_t iter = 0;
    const char* end = name.data() + name.size();
    const auto number = std::from_chars(name.data() + begin.size(), end, iter);
    const std::string ending(number.ptr, end);
    if (number.ec != std::errc() || iter <= newest_iter) continue;
    if (ending != ".solverstate" && ending != ".solverstate.h5") continue;
    newest_iter = iter;
    newest = path.has_parent_path() ? (folder / name).string() : name;
  }
  return newest;
}

}  // namespace caffe::tool
