// Files that are written whole or not at all, and files that are read or mapped.
#include "core/files.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

void put(const std::string& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

TEST(files_replace_their_target_only_when_committed) {
  const Folder folder;
  const std::string path = folder.file("a");
  put(path, "old");
  ::chmod(path.c_str(), 0640);
  {
    AtomicFile file(path);
    file.write("half of the n");
    CHECK_EQ(folder.files(), size_t{2});
    CHECK_EQ(read_file(path), "old");
  }
  CHECK_EQ(folder.files(), size_t{1});
  CHECK_EQ(read_file(path), "old");
  put(path, "new");
  CHECK_EQ(read_file(path), "new");
  CHECK_EQ(folder.files(), size_t{1});
  struct stat info;
  CHECK_EQ(::stat(path.c_str(), &info), 0);
  CHECK_EQ(info.st_mode & 0777, 0640u);
}

TEST(files_follow_symbolic_links) {
  const Folder folder;
  put(folder.file("real"), "old");
  std::filesystem::create_symlink("real", folder.file("link"));
  put(folder.file("link"), "new");
  CHECK(std::filesystem::is_symlink(folder.file("link")));
  CHECK_EQ(read_file(folder.file("real")), "new");
}

TEST(files_are_mapped_as_they_are_read) {
  const Folder folder;
  const std::string path = folder.file("text", "some bytes");
  CHECK_EQ(map_file(path).bytes, "some bytes");
  const MappedFile own = map_file(path, Mapping::kPrivate);
  const_cast<char&>(own.bytes[0]) = 'S';  // the process's copy alone
  CHECK_EQ(own.bytes, "Some bytes");
  CHECK_EQ(read_file(path), "some bytes");
  CHECK_EQ(map_file(folder.file("nothing", "")).bytes, "");
  CHECK_FAILS(Status::kIo, "none\": No such file", map_file(folder.file("none")));
}

TEST(files_that_no_folder_holds_are_refused) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "No such file", AtomicFile(folder.file("none/file")));
  CHECK_FAILS(Status::kIo, "none\": No such file", read_file(folder.file("none")));
}

}  // namespace
}  // namespace caffe::test
