#include "data/image_list.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

TEST(name_lists_have_the_first_word_of_each_line) {
  const test::Folder folder;
  const auto names = read_name_list(folder.file("l.txt",
                                                "\xef\xbb\xbf"
                                                "a/b.jpg other.png\r\n\n  \t\n\tc  \nlast"));
  CHECK_EQ(names.size(), size_t{3});
  CHECK_EQ(names[0].path, "a/b.jpg");
  CHECK_EQ(names[1].path, "c");
  CHECK_EQ(names[1].line, 4);
  CHECK_EQ(names[2].path, "last");
  CHECK_EQ(names[2].label, "");
  CHECK_FAILS(Status::kInvalidArgument, "has no name in it",
              read_name_list(folder.file("e.txt", "\n \n")));
  CHECK_FAILS(Status::kIo, "the list of names: cannot read", read_name_list(folder.file("none")));
}

}  // namespace
}  // namespace caffe
