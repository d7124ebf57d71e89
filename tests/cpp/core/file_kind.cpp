// core/file_kind.cpp
#include "core/file_kind.hpp"

#include <filesystem>

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using test::Folder;
using namespace std::string_literals;

TEST(kinds_by_signature) {
  const std::pair<std::string, FileKind> cases[] = {
      {"", FileKind::kEmpty},
      {"name: 'net'", FileKind::kText},
      {"gr\xc3\xbc\xc3\x9f.png 1\n", FileKind::kText},
      {"\xff\xfen\0"s, FileKind::kUtf16},
      {" \n<HTML><body>", FileKind::kHtml},
      {"version https://git-lfs.github.com/spec/v1\n", FileKind::kGitLfs},
      {"\x89HDF\r\n\x1a\n", FileKind::kHdf5},
      {"\x93NUMPY\x01\0"s, FileKind::kNumpy},
      {"\x89PNG\r\n\x1a\n", FileKind::kImage},
      {"\xff\xd8\xff\xe0", FileKind::kImage},
      {"BM\x46\0\0\0\0\0"s, FileKind::kImage},
      {"II*\0\x08\0\0\0"s, FileKind::kImage},
      {"RIFF\x24\0\0\0WEBPVP8 "s, FileKind::kImage},
      {"P6 1 1 255\n\0\x80\xff"s, FileKind::kImage},
      {"P1 0\nBMW.jpg 1\n", FileKind::kText},
      {"PK\x03\x04", FileKind::kZip},
      {"\x1f\x8b\x08", FileKind::kGzip},
      {"\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\xde\xc0\xef\xbe"s, FileKind::kLmdb},
      {"\x01\x02\x03", FileKind::kUnknown},
  };
  for (const auto& [bytes, kind] : cases) {
    CHECK_EQ(static_cast<int>(kind_of(bytes)), static_cast<int>(kind));
  }
}

// Outermost fields only, and as many as there are when the file was cut.
TEST(kinds_of_messages) {
  const std::pair<std::string, FileKind> cases[] = {
      {"\x0a\x01n\xa2\x06\x02zz"s, FileKind::kCaffemodel},         // name, layer
      {"\x0a\x01n\xa2\x06\x7f\x01"s, FileKind::kCaffemodel},       // cut
      {"\x0a\x01n\x12\x01\x01"s, FileKind::kCaffemodel},           // name, layers
      {"\x08\x05\x12\x01w\x1a\x01\x01"s, FileKind::kSolverState},  // iter, learned_net, history
      {"\x08\x05\x1a\x01\x01"s, FileKind::kSolverState},
      {"\x08\x01\x10\x03\x18\x02\x20\x02\x2a\x01\x01"s, FileKind::kBlob},
      {"\x2a\x04\x01\x01\x01\x01\x3a\x02\x0a\0"s, FileKind::kBlob},  // data, shape
      {"\x08\x03\x10\x02\x18\x02\x22\x01\x01\x28\x07"s, FileKind::kDatum},
      {"\x08\x07\x12\x01p\x3a\x01\x01\x42\x01\x01"s, FileKind::kOnnx},
      {"\x0a\x01n"s, FileKind::kUnknown},  // a name is nobody's own
  };
  for (const auto& [bytes, kind] : cases) {
    CHECK_EQ(static_cast<int>(kind_of(bytes)), static_cast<int>(kind));
  }
}

TEST(kinds_of_folders) {
  const Folder folder;
  const auto kind = [&](const std::string& name) {
    return static_cast<int>(kind_of_file(folder.file(name)));
  };
  for (const char* name : {"plain", "lmdb", "leveldb"}) {
    std::filesystem::create_directory(folder.file(name));
  }
  folder.file("lmdb/data.mdb", "");
  folder.file("leveldb/CURRENT", "");
  CHECK_EQ(kind("plain"), static_cast<int>(FileKind::kFolder));
  CHECK_EQ(kind("lmdb"), static_cast<int>(FileKind::kLmdb));
  CHECK_EQ(kind("leveldb"), static_cast<int>(FileKind::kLevelDb));
  CHECK_EQ(kind("none"), static_cast<int>(FileKind::kUnknown));
}

TEST(kinds_have_names) {
  for (int kind = 1; kind <= static_cast<int>(FileKind::kFolder); ++kind) {
    CHECK(std::string(kind_name(static_cast<FileKind>(kind))) != "");
  }
}

TEST(hdf5_behind_a_block_of_the_user) {
  const Folder folder;
  const std::string signature = "\x89HDF\r\n\x1a\n";
  CHECK(is_hdf5_file(folder.file("at once", signature)));
  CHECK(is_hdf5_file(folder.file("behind", std::string(1024, ' ') + signature)));
  CHECK(!is_hdf5_file(folder.file("nowhere", std::string(1000, ' ') + signature)));
  CHECK(!is_hdf5_file(folder.file("short", "\x89HDF")));
  CHECK(!is_hdf5_file(folder.file("none")));
  CHECK(!is_hdf5_file(folder.path.string()));
}

TEST(text_only) {
  const Folder folder;
  CHECK_EQ(read_text_only(folder.file("a", "\xef\xbb\xbfpath\n"), "a list"), "path\n");
  CHECK_FAILS(Status::kParse, "u: this is a text file in UTF-16, not a list; save it as UTF-8",
              read_text_only(folder.file("u", "\xff\xfep\0"s), "a list"));
  CHECK_EQ(read_text_only(folder.file("e", ""), "a list"), "");
  CHECK_FAILS(Status::kIo, "none", read_text_only(folder.file("none"), "a list"));
}

}  // namespace
}  // namespace caffe
