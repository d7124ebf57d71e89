// Which scores are the largest, and the lines of labels.
#include "model/ranking.hpp"

#include <limits>

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

using Indices = std::vector<int64_t>;

TEST(ranking_puts_equal_values_in_order_and_no_numbers_last) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float values[] = {1, nan, 3, 1, -1};
  CHECK(largest(values, 5, 5) == Indices({2, 0, 3, 4, 1}));
  CHECK(largest(values, 5, 2) == Indices({2, 0}));
  CHECK(largest(values, 2, 9) == Indices({0, 1}));
  CHECK(largest(values, 0, 3).empty());
}

TEST(labels_are_the_lines_of_a_file) {
  const Folder folder;
  CHECK(read_labels(folder.file("labels", "cat\r\n\ndog, hound")) ==
        std::vector<std::string>({"cat", "", "dog, hound"}));
  CHECK(read_labels(folder.file("none", "")).empty());
  CHECK_FAILS(Status::kIo, "missing", read_labels(folder.file("missing")));
}

}  // namespace
}  // namespace caffe::test
