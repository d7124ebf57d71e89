// The innermost product of our own convolutions: a tile of C, held in registers, gets the products
// of some rows of A with some columns of B. Rows of A and C are anywhere (the same place of several
// images, several taps of a kernel), and no vector is wider than the columns need: oneDNN pads
// channels to multiples of 16, which costs much for 20 or 50 of them.
#pragma once

#include <cstdint>

namespace caffe {

// Along the sum: `segments` runs of `depth` steps; how far A and B move with a step and a run.
struct TileProduct {
  int64_t segments, depth;
  int64_t a_segment, a_step;
  int64_t b_segment, b_step;
};

struct RegisterTile {
  static constexpr int kRows = 6, kColumns = 64;

  // c[row][column] = (add ? c[row][column] : start ? start[column] : 0) + sum of a[row] b[column],
  // for at most kRows rows and kColumns columns.
  using Multiply = void (*)(const TileProduct& product, int rows, int columns,
                            const float* const* a, const float* b, const float* start, bool add,
                            float* const* c);
};

}  // namespace caffe
