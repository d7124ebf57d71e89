// Lists of files: a path a line, or several where a line is none.
#include "data/path_list.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

using Paths = std::vector<std::string>;

TEST(path_lists_have_a_path_a_line) {
  const Folder folder;
  const std::string list = folder.file("list", "  one.h5 \r\n\n\ttwo words.h5\nlast");
  CHECK(read_path_list(list, "a list") == Paths({"one.h5", "two words.h5", "last"}));
  CHECK(read_path_list(folder.file("empty", ""), "a list").empty());
}

TEST(path_lists_of_files_that_are_there_may_have_several_a_line) {
  const Folder folder;
  const std::string a = folder.file("a", "1"), b = folder.file("b", "2"),
                    both = folder.file("a b", "3");
  CHECK(read_path_list(folder.file("list", a + " " + b), "a list") == Paths({a, b}));
  CHECK(read_path_list(folder.file("list", both), "a list") == Paths({both}));
  CHECK(read_path_list(folder.file("list", a + " none"), "a list") == Paths({a + " none"}));
}

TEST(path_lists_say_what_they_are_of) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "a list of files",
              read_path_list(folder.file("none"), "a list of files"));
}

}  // namespace
}  // namespace caffe::test
