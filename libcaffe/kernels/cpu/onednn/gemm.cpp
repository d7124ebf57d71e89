// Matrix products by oneDNN's sgemm, which is row major as ours is. It splits sums as it has
// threads, so each of its calls gets one thread here, and a block of C that depends on shapes only:
// the product is the same for any number of threads.
#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/onednn/onednn.hpp"
#include "kernels/cpu/onednn/primitives.hpp"

namespace caffe::onednn {

namespace {

constexpr int64_t kMostBlocks = 16;
constexpr int64_t kMultiple = 48;          // of rows or columns in a block: whole tiles of sgemm's
constexpr int64_t kWorthABlock = 1 << 18;  // products

// Rows, or columns, of a block.
int64_t block_size(int64_t size, int64_t products) {
  const int64_t blocks = std::clamp<int64_t>(products / kWorthABlock, 1, kMostBlocks);
  return round_up(divide_up(size, blocks), kMultiple);
}

}  // namespace

bool gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, const float* b, float beta, float* c) {
  if (!fits({m, n, k})) return false;
  // The longer side is cut, so that the other operand, which each call packs anew, is the shorter.
  const bool by_rows = m >= n;
  const int64_t side = by_rows ? m : n, size = block_size(side, m * n * k);
  const int64_t lda = transpose_a ? m : k, ldb = transpose_b ? k : n;
  parallel_for_throwing(divide_up(side, size), [&](int64_t block) {
    const ThreadScope scope(1);
    const int64_t first = block * size, count = std::min(size, side - first);
    const int64_t row = by_rows ? first : 0, column = by_rows ? 0 : first;
    const dnnl_status_t status =
        dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', by_rows ? count : m,
                   by_rows ? n : count, k, alpha, a + (transpose_a ? row : row * lda), lda,
                   b + (transpose_b ? column * ldb : column), ldb, beta, c + row * n + column, n);
    if (status != dnnl_success) fail_with("gemm", dnnl::error(status, "sgemm failed"));
  });
  return true;
}

}  // namespace caffe::onednn
