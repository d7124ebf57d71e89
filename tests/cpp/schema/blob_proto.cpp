// Blobs of files of every age as a shape and floats.
#include "schema/blob_proto.hpp"

#include <cmath>

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(halves_are_ieee_754s) {
  CHECK_EQ(half_to_float(0x3c00), 1.0f);
  CHECK_EQ(half_to_float(0xc000), -2.0f);
  CHECK_EQ(half_to_float(0x7bff), 65504.0f);
  CHECK_EQ(half_to_float(0x0001), 0x1p-24f);
  CHECK_EQ(half_to_float(0x03ff), 1023 * 0x1p-24f);
  CHECK(half_to_float(0x8000) == 0 && std::signbit(half_to_float(0x8000)));
  CHECK_EQ(half_to_float(0xfc00), -INFINITY);
  CHECK(std::isnan(half_to_float(0x7e01)));
}

TEST(blob_shapes_of_old_files_have_four_axes) {
  BlobProto blob;
  CHECK(blob_shape(blob).empty());
  blob.set_channels(3);
  CHECK(blob_shape(blob) == std::vector<int64_t>({0, 3, 0, 0}));
  blob.shape.mut().dim = {5, 6};
  CHECK(blob_shape(blob) == std::vector<int64_t>({5, 6}));
}

TEST(blob_values_of_doubles_and_raw_bytes_become_floats) {
  BlobProto blob;
  blob.double_data = {1.5, -2};
  blob.raw_diff = std::string("\x00\x3c\x00\xc0", 4);
  blob.set_raw_diff_type(BlobProto::FLOAT16);
  use_floats(blob);
  CHECK(blob.data.size() == 2 && blob.data[0] == 1.5f && blob.data[1] == -2);
  CHECK(blob.diff.size() == 2 && blob.diff[0] == 1 && blob.diff[1] == -2);
  CHECK(blob.double_data.empty() && blob.raw_diff.empty());
}

TEST(blob_raw_values_that_are_cut_are_refused) {
  BlobProto blob;
  blob.raw_data = "abc";
  blob.set_raw_data_type(BlobProto::FLOAT16);
  CHECK_FAILS(Status::kParse, "have 3 bytes, no multiple of 2", use_floats(blob));
}

}  // namespace
}  // namespace caffe::test
