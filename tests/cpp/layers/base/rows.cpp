// Rows that are picked and added by index.
#include "layers/base/rows.hpp"

#include "core/threads.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(add_rows_is_the_same_for_any_number_of_threads) {
  const int64_t rows = 300, width = 257;
  const Values from = distinct_values(rows * width, 3);
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < rows; ++i) indices.push_back(i * i % 7);
  const auto sums = [&](int threads) {
    set_num_threads(threads);
    Values to(static_cast<size_t>(7 * width));
    add_rows(from.data(), indices, width, to.data());
    return to;
  };
  const int threads = num_threads();
  const Values one = sums(1);
  CHECK(sums(3) == one);
  set_num_threads(threads);
}

TEST(rows_are_gathered_and_added_by_index) {
  const Values from = {1, 2, 3, 4, 5, 6};
  Values picked(6), sums = {10, 20, 30, 40};
  gather_rows(from.data(), {2, 0, 2}, 2, picked.data());
  CHECK(picked == Values({5, 6, 1, 2, 5, 6}));
  add_rows(from.data(), {1, 0, 1}, 2, sums.data());
  CHECK(sums == Values({13, 24, 36, 48}));
}

}  // namespace
}  // namespace caffe::test
