#include "kernels/cpu/product/panel_gemm.hpp"

#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "core/transpose.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/cpu/thread_scratch.hpp"

namespace caffe {

namespace {

// Of a block of C, and of the sums that are added up in one go: A's and B's parts for it are 112
// and 256 KiB, which a core's second cache holds.
constexpr int64_t kRows = 112, kColumns = 256, kDepth = 256;
constexpr int64_t kManyBlocks = 16;  // that keep several threads busy
constexpr int64_t kBlock = PanelProducts::kBlock;

const float* at(const Operand& operand, int64_t row, int64_t column) {
  return operand.values +
         (operand.transposed ? column * operand.stride + row : row * operand.stride + column);
}

// Rows in blocks of 16 steps: step k of row r goes to to[k / 16 * 16 * rows + r * 16 + k % 16].
void pack_rows(const Operand& a, int64_t row, int64_t rows, int64_t first, int64_t depth,
               float* to) {
  for (int64_t k = 0; k < depth; k += kBlock, to += rows * kBlock) {
    const int64_t steps = std::min(kBlock, depth - k);
    const float* from = at(a, row, first + k);
    if (a.transposed) {
      transpose(from, a.stride, steps, rows, to, kBlock);
    } else {
      for (int64_t r = 0; r < rows; ++r) std::copy_n(from + r * a.stride, steps, to + r * kBlock);
    }
  }
}

// Panels one behind the other, each a row of `panel` values a step, zeros behind the columns.
void pack_columns(const Operand& b, int64_t first, int64_t depth, int64_t column, int64_t columns,
                  int64_t panel, float* to) {
  for (int64_t j = 0; j < columns; j += panel, to += depth * panel) {
    const int64_t width = std::min(panel, columns - j);
    const float* from = at(b, first, column + j);
    if (b.transposed) {
      transpose(from, b.stride, width, depth, to, panel);
    } else {
      for (int64_t k = 0; k < depth; ++k) std::copy_n(from + k * b.stride, width, to + k * panel);
    }
    for (int64_t k = 0; width < panel && k < depth; ++k) {
      std::fill(to + k * panel + width, to + (k + 1) * panel, 0.0f);
    }
  }
}

// to = alpha * sums + beta * to
void add_up(const float* sums, int64_t rows, int64_t columns, int64_t panel, float alpha,
            float beta, float* to, int64_t stride) {
  for (int64_t r = 0; r < rows; ++r, sums += panel, to += stride) {
    for (int64_t j = 0; j < columns; ++j) {
      to[j] = beta == 0 ? alpha * sums[j] : alpha * sums[j] + beta * to[j];
    }
  }
}

}  // namespace

void panel_gemm(int64_t m, int64_t n, int64_t k, float alpha, const Operand& a, const Operand& b,
                float beta, const Product& c) {
  const PanelProducts& products = simd().panel_products;
  const int64_t panel = products.panel;
  const int64_t row_blocks = divide_up(m, kRows), rows = divide_up(m, row_blocks);
  // Whole panels; few of them where there would be few blocks.
  const int64_t panels = divide_up(n, panel);
  const int64_t width =
      panel * std::clamp<int64_t>(panels * row_blocks / kManyBlocks, 1, kColumns / panel);
  const int64_t depths = std::min(k, kDepth);
  parallel_for_throwing(row_blocks * divide_up(n, width), [&](int64_t block) {
    const int64_t row = block % row_blocks * rows, column = block / row_blocks * width;
    const int64_t height = std::min(rows, m - row), columns = std::min(width, n - column);
    const int64_t a_size = height * round_up(depths, kBlock), b_size = depths * width;
    float* const packed_a =
        thread_scratch(ScratchUse::kPartialSums, a_size + b_size + height * panel);
    float* const packed_b = packed_a + a_size;
    float* const sums = packed_b + b_size;
    for (int64_t first = 0; first < k; first += depths) {
      const int64_t depth = std::min(depths, k - first);
      pack_rows(a, row, height, first, depth, packed_a);
      pack_columns(b, first, depth, column, columns, panel, packed_b);
      for (int64_t j = 0; j < columns; j += panel) {
        products.multiply(packed_a, height * kBlock, height, depth, packed_b + j * depth, false,
                          sums, {});
        add_up(sums, height, std::min(panel, columns - j), panel, alpha, first > 0 ? 1 : beta,
               c.values + row * c.stride + column + j, c.stride);
      }
    }
  });
}

}  // namespace caffe
