// data/hdf5_rows.hpp: rows across files, from any place of the stream.
#include "data/hdf5_rows.hpp"

#include <algorithm>

#include "data/hdf5.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using test::Folder;

// Files of so many rows, which are numbered through all of them.
std::vector<std::string> numbered(const Folder& folder, const std::vector<int64_t>& rows) {
  std::vector<std::string> paths;
  float number = 0;
  for (const int64_t count : rows) {
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(number++);
    paths.push_back(folder.file(str(paths.size(), ".h5")));
    Hdf5File file = Hdf5File::create(paths.back());
    file.write_floats("n", {count, 1}, values.data());
    file.commit();
  }
  return paths;
}

std::vector<float> read(Hdf5Rows& rows, int64_t position, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  rows.read(position, count, {values.data()});
  return values;
}

TEST(hdf5_rows_follow_each_other_across_files) {
  const Folder folder;
  Hdf5Rows rows(numbered(folder, {2, 0, 3}), {"n"}, false, 1, 0);
  CHECK_EQ(rows.count(), 5);
  CHECK_EQ(rows.shape(0), Shape({1}));
  CHECK(read(rows, 0, 7) == std::vector<float>({0, 1, 2, 3, 4, 0, 1}));
  CHECK(read(rows, 9, 2) == std::vector<float>({4, 0}));
  CHECK(read(rows, 1, 2) == std::vector<float>({1, 2}));
}

TEST(hdf5_rows_that_are_shuffled_are_a_function_of_their_place) {
  const Folder folder;
  const std::vector<std::string> paths = numbered(folder, {5, 4, 7});
  Hdf5Rows rows(paths, {"n"}, true, 3, 0), again(paths, {"n"}, true, 3, 0);
  const std::vector<float> whole = read(rows, 0, 48);
  for (int64_t position = 40; position >= 0; position -= 5) {
    CHECK(std::ranges::equal(
        read(again, position, 8),
        std::vector<float>(whole.begin() + position, whole.begin() + position + 8)));
  }
  Hdf5Rows other(paths, {"n"}, true, 4, 0);
  CHECK(read(other, 0, 48) != whole);
}

}  // namespace
}  // namespace caffe
