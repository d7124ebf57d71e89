// The innermost product of two matrices that have been laid out for it: rows of A in blocks of 16
// steps of the sum, B in panels as wide as a tile of registers. Winograd's filtering multiplies its
// tiles with its weights so, and gemm.hpp any two matrices.
#pragma once

#include <cstdint>

namespace caffe {

// Memory that will be needed soon: `runs` of `run` floats, `stride` apart.
struct Ahead {
  const float* values;
  int64_t runs, run, stride;
};

struct PanelProducts {
  static constexpr int64_t kBlock = 16;

  int64_t panel;  // columns

  // c (rows x panel) = or += a (rows x depth) times b (depth x panel). The values of 16 steps of
  // depth lie together: row r's begin at a[r * 16], those of the next 16 `a_block` further. What is
  // ahead is fetched meanwhile, as evenly as can be: at once it would hold up the product.
  void (*multiply)(const float* a, int64_t a_block, int64_t rows, int64_t depth, const float* b,
                   bool add, float* c, const Ahead& ahead);

  // The same with row r of step k at a[k * 16 + r], for at most 16 rows.
  void (*multiply_transposed)(const float* a, int64_t rows, int64_t depth, const float* b, bool add,
                              float* c);
};

}  // namespace caffe
