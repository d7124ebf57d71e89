// Mean images, and blobs that are none.
#include "data/mean_image.hpp"

#include "schema/files.hpp"
#include "schema/messages.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

std::string blob(const Folder& folder, const std::vector<int64_t>& dims, int64_t count) {
  BlobProto proto;
  proto.shape.mut().dim = dims;
  for (int64_t i = 0; i < count; ++i) proto.data.own().push_back(static_cast<float>(i));
  const std::string path = folder.file("mean.binaryproto");
  write_binary_file(path, proto);
  return path;
}

TEST(mean_images_have_three_axes_behind_ones) {
  const Folder folder;
  for (const std::vector<int64_t>& dims : {std::vector<int64_t>{1, 3, 1, 2}, {3, 1, 2}}) {
    const MeanImage mean = read_mean_image(blob(folder, dims, 6), 3);
    CHECK(mean.channels == 3 && mean.height == 1 && mean.width == 2);
    CHECK_EQ(mean.values[5], 5.0f);
  }
}

TEST(mean_images_of_another_shape_are_refused) {
  const Folder folder;
  const auto refused = [&](const std::vector<int64_t>& dims, int64_t count, int64_t channels) {
    CHECK_FAILS(Status::kShape, "expected a mean image of",
                read_mean_image(blob(folder, dims, count), channels));
  };
  refused({1, 3, 1, 2}, 6, 1);
  refused({2, 3, 1, 1}, 6, 3);
  refused({3, 2}, 6, 3);
  refused({3, 1, 2}, 5, 3);
  refused({3, 0, 2}, 0, 3);
}

}  // namespace
}  // namespace caffe::test
