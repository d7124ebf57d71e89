// Folders of databases that appear when they are whole.
#include "data/database_folder.hpp"

#include <filesystem>

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

TEST(database_folders_appear_at_commit_or_leave_nothing) {
  const Folder folder;
  const std::string path = folder.file("db");
  {
    const DatabaseFolder dropped(path);
    CHECK(std::filesystem::is_directory(dropped.place()));
    CHECK(!std::filesystem::exists(path));
  }
  CHECK_EQ(folder.files(), size_t{0});
  DatabaseFolder kept(path + "/");
  kept.commit();
  CHECK(std::filesystem::is_directory(path));
  CHECK_EQ(folder.files(), size_t{1});
}

TEST(database_folders_replace_nothing) {
  const Folder folder;
  const std::string path = folder.file("db", "a file");
  CHECK_FAILS(Status::kIo, "it is there already", DatabaseFolder{path});
  DatabaseFolder late(folder.file("late"));
  std::filesystem::create_directory(folder.file("late"));
  CHECK_FAILS(Status::kIo, "cannot write the database", late.commit());
  CHECK_FAILS(Status::kIo, "No such file", DatabaseFolder{folder.file("none/db")});
}

}  // namespace
}  // namespace caffe::test
