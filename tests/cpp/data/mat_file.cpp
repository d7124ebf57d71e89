#include "data/mat_file.hpp"

#include <cstring>

#include "core/files.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using test::Folder;

// A file by hand: elements behind a header.
std::string header(uint16_t version = 0x0100) {
  std::string out(116, ' ');
  out.append(8, '\0');
  out.append(reinterpret_cast<const char*>(&version), 2);
  return out + "IM";
}

std::string word(uint32_t value) {
  return {reinterpret_cast<const char*>(&value), 4};
}

std::string element(uint32_t type, std::string bytes) {
  const std::string tag = word(type) + word(static_cast<uint32_t>(bytes.size()));
  bytes.resize((bytes.size() + 7) / 8 * 8);
  return tag + bytes;
}

// An array called "data" of 2 x 2; `values` is an element.
std::string array(uint32_t flags, const std::string& values) {
  return element(14, element(6, word(flags) + word(0)) + element(5, word(2) + word(2)) +
                         word(1 | 4 << 16) + "data" + values);
}

std::vector<float> values_of(const Folder& folder, const std::string& bytes) {
  return read_mat(folder.file("x.mat", bytes), "data").values;
}

TEST(mat_files_come_back) {
  const Folder folder;
  for (const std::vector<int64_t>& dims :
       {std::vector<int64_t>{3, 1, 2, 1}, {1, 1}, {0, 4, 1, 1}, {1, 2, 1, 3, 1}}) {
    std::vector<float> values;
    int64_t count = 1;
    for (const int64_t extent : dims) count *= extent;
    for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i) - 1.5f);
    write_mat(folder.file("x.mat"), "data", dims, values.data());
    const MatArray back = read_mat(folder.file("x.mat"), "data");
    CHECK(back.dims == dims);
    CHECK(back.values == values);
    CHECK_FAILS(Status::kNotFound, "no array \"diff\"", read_mat(folder.file("x.mat"), "diff"));
  }
  CHECK_EQ(folder.files(), size_t{1});
  const float value = 1;
  write_mat(folder.file("long.mat"), "a_longer_name", {1, 1}, &value);
  CHECK_EQ(read_mat(folder.file("long.mat"), "a_longer_name").values[0], 1.0f);
}

TEST(mat_files_are_laid_out_as_the_format_says) {
  const Folder folder;
  const float values[] = {1, 2, 3};
  write_mat(folder.file("x.mat"), "data", {3, 1}, values);
  const std::string bytes = read_file(folder.file("x.mat"));
  CHECK(bytes.starts_with("MATLAB 5.0 MAT-file"));
  const std::string numbers(reinterpret_cast<const char*>(values), 12);
  CHECK(bytes.substr(128) ==
        element(14, element(6, word(7) + word(0)) + element(5, word(3) + word(1)) +
                        element(1, "data") + element(7, numbers)));
}

TEST(mat_files_hold_numbers_of_any_type) {
  const Folder folder;
  const std::string bytes("\x01\x02\x03\xff", 4);
  // MATLAB keeps doubles in the smallest type that holds them, within the tag where they fit.
  CHECK(values_of(folder, header() + array(6, element(2, bytes))) ==
        std::vector<float>({1, 2, 3, 255}));
  CHECK(values_of(folder, header() + array(6, word(2 | 4 << 16) + bytes)) ==
        std::vector<float>({1, 2, 3, 255}));
  CHECK(values_of(folder, header() + array(8, element(1, bytes)))[3] == -1);
  CHECK(values_of(folder, header() + array(11, element(4, bytes + bytes)))[1] == 0xff03);
  CHECK(values_of(folder, header() + array(10, element(3, bytes + bytes)))[1] == -253);
  const double doubles[] = {0.5, -2, 1e300, 4};
  const std::string raw(reinterpret_cast<const char*>(doubles), sizeof doubles);
  CHECK(values_of(folder, header() + array(6, element(9, raw)))[1] == -2);
  const int64_t longs[] = {-5, 6, 7, 8};
  CHECK(values_of(folder, header() + array(14, element(12, {reinterpret_cast<const char*>(longs),
                                                            sizeof longs})))[0] == -5);
  // Other arrays before it are passed over.
  std::string other = array(7, element(7, std::string(16, '\0')));
  other.replace(other.find("data"), 4, "else");
  CHECK(values_of(folder, header() + other + array(6, element(2, bytes)))[2] == 3);
}

TEST(mat_files_that_cannot_be_read) {
  const Folder folder;
  const std::string good = header() + array(7, element(7, std::string(16, '\0')));
  const auto fails = [&](Status status, const std::string& part, const std::string& bytes) {
    CHECK_FAILS(status, part, values_of(folder, bytes));
  };
  CHECK_FAILS(Status::kIo, "none.mat", read_mat(folder.file("none.mat"), "data"));
  fails(Status::kParse, "no MAT file of level 5", "");
  fails(Status::kParse, "no MAT file of level 5", header(0x0300));
  std::string swapped = header();
  std::swap(swapped[126], swapped[127]);
  fails(Status::kUnsupported, "other byte order", swapped);
  std::string hdf5 = good;
  hdf5.replace(0, 12, "HDF5 schema ");
  fails(Status::kParse, "of level 7.3", hdf5);
  fails(Status::kUnsupported, "compressed", header() + element(15, std::string(16, 'x')));
  fails(Status::kUnsupported, "complex", header() + array(7 | 0x0800, element(7, "")));
  fails(Status::kUnsupported, "sparse", header() + array(5, element(7, "")));
  fails(Status::kUnsupported, "class number 1", header() + array(1, element(7, "")));
  fails(Status::kParse, "4 values holds 3", header() + array(7, element(7, std::string(12, 'x'))));
  fails(Status::kParse, "no whole number", header() + array(7, element(7, std::string(15, 'x'))));
  fails(Status::kParse, "unknown type 99", header() + array(7, element(99, std::string(16, 'x'))));
  fails(Status::kParse, "without flags", header() + element(14, element(5, word(1) + word(1))));
  fails(Status::kParse, "without dimensions",
        header() + element(14, element(6, word(7) + word(0)) + element(6, word(1) + word(1)) +
                                   element(1, "data") + element(7, "    ")));
  fails(Status::kParse, "extent -1",
        header() + element(14, element(6, word(7) + word(0)) + element(5, word(~0u) + word(1)) +
                                   element(1, "data") + element(7, "    ")));
  // Cut anywhere, it is an error and nothing is read beyond.
  for (size_t size = 0; size < good.size(); ++size) {
    bool failed = false;
    try {
      values_of(folder, good.substr(0, size));
    } catch (const Error&) {
      failed = true;
    }
    CHECK(failed);
  }
}

TEST(mat_files_of_more_than_the_format_holds) {
  const Folder folder;
  CHECK_FAILS(Status::kUnsupported, "at most 2 GB",
              write_mat(folder.file("x.mat"), "data", {1 << 20, 1 << 10}, nullptr));
  CHECK_EQ(folder.files(), size_t{0});
}

}  // namespace
}  // namespace caffe
