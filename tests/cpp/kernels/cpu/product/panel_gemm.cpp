// kernels/cpu/product/panel_gemm.cpp: our own matrix product against the reference's.
#include "kernels/cpu/product/panel_gemm.hpp"

#include <cstring>

#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

// Rows, columns, depth: around the sizes of blocks, panels and runs of 16 steps.
const int64_t kSizes[][3] = {{1, 1, 1},      {3, 5, 7},     {14, 32, 16},   {15, 33, 17},
                             {112, 256, 40}, {113, 65, 31}, {5, 700, 300},  {230, 9, 520},
                             {1, 300, 600},  {300, 1, 3},   {40, 40, 1000}, {65, 270, 257}};

// A matrix with something beside it, which is neither read nor written.
struct Matrix {
  int64_t rows, columns;
  bool transposed;
  Blob blob;

  Matrix(int64_t rows, int64_t columns, bool transposed, uint32_t seed)
      : rows(rows),
        columns(columns),
        transposed(transposed),
        blob(random_blob({transposed ? columns : rows, (transposed ? rows : columns) + 3}, seed)) {}

  Operand operand() const { return {blob.data().read(), blob.shape()[1], transposed}; }
  double at(int64_t row, int64_t column) const {
    const int64_t stride = blob.shape()[1];
    return blob.data().read()[transposed ? column * stride + row : row * stride + column];
  }
};

}  // namespace

TEST(panel_gemm_is_the_sum_it_says) {
  for (const auto& [m, n, k] : kSizes) {
    for (int bits = 0; bits < 4; ++bits) {
      const Matrix a(m, k, bits & 1, 1), b(k, n, bits & 2, 2);
      for (const float beta : {0.0f, 1.0f, -0.5f}) {
        Blob expected = random_blob({m, n + 5}, 3);
        float* values = expected.data().update();
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t j = 0; j < n; ++j) {
            double sum = 0;
            for (int64_t p = 0; p < k; ++p) sum += a.at(i, p) * b.at(p, j);
            float& value = values[i * (n + 5) + j];
            value = static_cast<float>(0.7 * sum + beta * value);
          }
        }
        Blob first;
        for (const int threads : {1, 2, 5}) {
          set_num_threads(threads);
          Blob got = random_blob({m, n + 5}, 3);
          // What does not count may be anything.
          if (beta == 0) got.data().update()[0] = std::numeric_limits<float>::quiet_NaN();
          panel_gemm(m, n, k, 0.7f, a.operand(), b.operand(), beta, {got.data().update(), n + 5});
          check_same(got, expected, str(m, " x ", n, " x ", k, ", bits ", bits, ", beta ", beta));
          if (threads == 1) {
            first.reshape(got.shape());
            std::copy_n(got.data().read(), got.count(), first.data().write());
          }
          CHECK(std::memcmp(got.data().read(), first.data().read(),
                            static_cast<size_t>(got.count()) * sizeof(float)) == 0);
        }
        set_num_threads(0);
      }
    }
  }
}

}  // namespace caffe::test
