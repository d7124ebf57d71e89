#include "core/orders.hpp"

#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "core/transpose.hpp"

namespace caffe {

// A blocked transpose of each image. The blocks are cut out of the longer side.
void transpose_images(const float* from, float* to, int64_t images, int64_t rows, int64_t columns) {
  constexpr int64_t kBlock = 32, kColumns = 4096;
  const bool by_rows = rows >= kBlock;
  const int64_t block = by_rows ? kBlock : kColumns, length = by_rows ? rows : columns;
  const int64_t blocks = divide_up(length, block);
  const int64_t work = block * (by_rows ? columns : rows);
  parallel_for(images * blocks, grain_of(work), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t image = task / blocks, first = task % blocks * block;
      const int64_t count = std::min(block, length - first);
      const float* in = from + image * rows * columns;
      float* out = to + image * rows * columns;
      if (by_rows) {
        transpose(in + first * columns, columns, count, columns, out + first, rows);
      } else {
        transpose(in + first, columns, rows, count, out + first * rows, rows);
      }
    }
  });
}

}  // namespace caffe
