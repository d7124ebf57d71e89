#include "data/database_folder.hpp"

#include <unistd.h>

#include "core/error.hpp"

namespace caffe {

namespace fs = std::filesystem;

DatabaseFolder::DatabaseFolder(const std::string& path)
    : path_(fs::path(path).lexically_normal()),
      place_(str((path_.has_filename() ? path_ : path_.parent_path()).string(), ".", ::getpid(),
                 ".tmp")) {
  std::error_code error;
  if (fs::exists(path_, error)) {
    fail(Status::kIo, "cannot write the database ", quoted(path), ": it is there already");
  }
  if (!fs::create_directory(place_, error)) {
    fail(Status::kIo, "cannot write the database ", quoted(path), ": ",
         error ? error.message() : "its place is taken");
  }
}

DatabaseFolder::~DatabaseFolder() {
  std::error_code ignored;
  if (process_ == fork_generation() && fs::exists(place_, ignored)) fs::remove_all(place_, ignored);
}

void DatabaseFolder::commit() {
  if (process_ != fork_generation()) {
    fail(Status::kState, "cannot write the database ", quoted(path_.string()), ": it is written ",
         "by the process that this one was forked from");
  }
  std::error_code error;
  // A folder would be put in the place of an empty one.
  if (fs::exists(path_, error)) error = std::make_error_code(std::errc::file_exists);
  if (!error) fs::rename(place_, path_, error);
  if (error) {
    fail(Status::kIo, "cannot write the database ", quoted(path_.string()), ": ", error.message());
  }
}

}  // namespace caffe
