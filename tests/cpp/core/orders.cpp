// Images transposed by several threads: every value at its place, whichever side is cut.
#include "core/orders.hpp"

#include <vector>

#include "core/threads.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

void check_transposes(int64_t images, int64_t rows, int64_t columns) {
  const int64_t size = rows * columns;
  std::vector<float> from(static_cast<size_t>(images * size)), to(from.size(), -1);
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
  transpose_images(from.data(), to.data(), images, rows, columns);
  for (int64_t n = 0; n < images; ++n) {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        CHECK_EQ(to[static_cast<size_t>(n * size + j * rows + i)],
                 static_cast<float>(n * size + i * columns + j));
      }
    }
  }
}

TEST(orders_transpose_each_image) {
  for (const int threads : {1, 3}) {
    const NumThreadsScope scope(threads);
    for (const int64_t rows : {1, 2, 31, 32, 33, 70}) {
      for (const int64_t columns : {1, 3, 32, 65}) check_transposes(3, rows, columns);
    }
    check_transposes(2, 3, 9001);  // a long side of few rows
    check_transposes(1, 100, 100);
    check_transposes(0, 3, 4);
  }
}

}  // namespace
}  // namespace caffe
