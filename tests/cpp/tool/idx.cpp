// IDX files: items by their number, and files that are none.
#include "tool/idx.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::tool {
namespace {

using test::Folder;

std::string big_endian(std::initializer_list<uint32_t> numbers) {
  std::string bytes;
  for (const uint32_t number : numbers) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255);
  }
  return bytes;
}

TEST(idx_items_lie_one_behind_the_other) {
  const Folder folder;
  const Idx images = Idx::images(folder.file("images", big_endian({2051, 2, 1, 3}) + "abcdef"));
  CHECK_EQ(images.dim(0), int64_t{2});
  CHECK_EQ(images.dim(2), int64_t{3});
  CHECK_EQ(images.item(1), "def");
  const Idx labels = Idx::labels(folder.file("labels", big_endian({2049, 3}) + "\x07\x08\x09"));
  CHECK_EQ(labels.item(2), "\x09");
  CHECK_FAILS(Status::kShape, "there are 2 images and 3 labels", check_counts(images, labels));
}

TEST(idx_files_that_are_none) {
  const Folder folder;
  const auto images = [&](const std::string& bytes) { Idx::images(folder.file("bad", bytes)); };
  CHECK_FAILS(Status::kParse, "bad: is no IDX file of images", images("abc"));
  CHECK_FAILS(Status::kParse, "is no IDX file of images",
              images(big_endian({2049, 1, 1, 1}) + "a"));
  CHECK_FAILS(Status::kParse, "has 1 values, expected 2",
              images(big_endian({2051, 2, 1, 1}) + "a"));
  CHECK_FAILS(Status::kParse, "holds nothing", images(big_endian({2051, 0, 1, 1})));
  CHECK_FAILS(Status::kShape, "does not fit 64 bits",
              images(big_endian({2051, 4294967295, 4294967295, 4294967295})));
  CHECK_FAILS(Status::kIo, "none", Idx::labels(folder.file("none")));
}

}  // namespace
}  // namespace caffe::tool
