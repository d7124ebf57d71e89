// The folder of a database that is being written: it appears in its place once it is complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/fork.hpp"

namespace caffe {

class DatabaseFolder {
 public:
  // An empty folder beside `path`; without commit() nothing is left of it. Fails when there is
  // something at `path`.
  explicit DatabaseFolder(const std::string& path);
  ~DatabaseFolder();
  DatabaseFolder(const DatabaseFolder&) = delete;
  DatabaseFolder& operator=(const DatabaseFolder&) = delete;

  // Where its files are written.
  const std::filesystem::path& place() const { return place_; }
  // Where it will be.
  const std::filesystem::path& path() const { return path_; }
  // Moves the folder to its path.
  void commit();

 private:
  const uint64_t process_ = fork_generation();  // a child has no business with the parent's folder
  const std::filesystem::path path_, place_;
};

}  // namespace caffe
