#include "kernels/cpu/product/tiled_product.hpp"

#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "core/transpose.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr int64_t kRows = RegisterTile::kRows, kColumns = RegisterTile::kColumns;
constexpr int64_t kDepth = 512;  // of x transposed, kDepth x kColumns stays in a core's cache

}  // namespace

bool tiled_product_suits(int64_t rows) {
  // A tile's columns should be filled.
  return simd().multiply_tile != nullptr && rows >= 32 && rows % 4 == 0;
}

void tiled_product(int64_t rows, int64_t inputs, int64_t outputs, const float* x, const float* w,
                   const float* bias, float* y, std::vector<float>& scratch) {
  const int64_t ld = round_up(rows, 16);
  scratch.resize(static_cast<size_t>((inputs + outputs) * ld));
  float* x_transposed = scratch.data();
  float* y_transposed = x_transposed + inputs * ld;
  parallel_for(inputs, grain_of(rows), [&](int64_t begin, int64_t end) {
    transpose(x + begin, inputs, rows, end - begin, x_transposed + begin * ld, ld);
  });
  const int64_t grain = std::max(kRows, 64 * 1024 / (rows * inputs) * kRows);
  parallel_for(outputs, grain, [&](int64_t begin, int64_t end) {
    for (int64_t depth = 0; depth < inputs; depth += kDepth) {
      const TileProduct product{1, std::min(kDepth, inputs - depth), 0, 1, 0, ld};
      for (int64_t column = 0; column < rows; column += kColumns) {
        const int columns = static_cast<int>(std::min(kColumns, rows - column));
        for (int64_t m = begin; m < end; m += kRows) {
          const int count = static_cast<int>(std::min(kRows, end - m));
          const float* a[kRows];
          float* c[kRows];
          for (int r = 0; r < count; ++r) {
            a[r] = w + (m + r) * inputs + depth;
            c[r] = y_transposed + (m + r) * ld + column;
          }
          simd().multiply_tile(product, count, columns, a, x_transposed + depth * ld + column,
                               nullptr, depth > 0, c);
        }
      }
    }
    transpose(y_transposed + begin * ld, ld, end - begin, rows, y + begin, outputs);
    if (bias == nullptr) return;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t m = begin; m < end; ++m) y[row * outputs + m] += bias[m];
    }
  });
}

}  // namespace caffe
