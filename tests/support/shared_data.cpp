// Where the tests find data that is not part of the project.
#include <cstdlib>
#include <filesystem>

#include "source_root.h"
#include "support/check.hpp"

namespace caffe::test {

std::string shared_data() {
  namespace fs = std::filesystem;
  if (const char* place = std::getenv("CAFFE_SHARED")) return place;
  const fs::path beside = fs::path(CAFFE_SOURCE_ROOT).parent_path() / "shared";
  return fs::is_directory(beside) ? beside.string() : "";
}

std::string shared_file(const std::string& path) {
  const std::string root = shared_data();
  if (root.empty() || !std::filesystem::exists(root + "/" + path)) {
    SKIP("no shared data (" + path + ")");
  }
  return root + "/" + path;
}

}  // namespace caffe::test
