// The names of MAT files: by numbers, or by a list without some last letters.
#include "layers/data/mat_files.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

TEST(mat_files_are_named_by_numbers_or_by_a_list) {
  const Folder folder;
  const MatFiles numbers("m", "out/p_", "", 0);
  CHECK_EQ(numbers.size(), int64_t{0});
  CHECK_EQ(numbers.path(12, 1), "out/p_iter_12_blob_1.mat");
  const MatFiles names("m", "p_", folder.file("names", "one.jpg 3\n\ntwo.jpg\n"), 4);
  CHECK_EQ(names.size(), int64_t{2});
  CHECK_EQ(names.path(1, 0), "p_two_blob_0.mat");
}

TEST(mat_files_whose_names_would_be_empty_are_refused) {
  const Folder folder;
  const std::string list = folder.file("names", "one.jpg\na.b\n");
  CHECK_FAILS(Status::kInvalidArgument, "m.strip is -1, less than 0", MatFiles("m", "", list, -1));
  CHECK_FAILS(Status::kInvalidArgument, "names:2: m.strip takes 3 characters off \"a.b\"",
              MatFiles("m", "", list, 3));
  CHECK_FAILS(Status::kIo, "none", MatFiles("m", "", folder.file("none"), 0));
}

}  // namespace
}  // namespace caffe::test
