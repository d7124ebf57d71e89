// C = alpha * op(A) op(B) + beta * C, a row of C at a time in double precision.
#include <algorithm>
#include <vector>

#include "kernels/reference/reference.hpp"

namespace caffe::reference {

void gemm(int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, const float* b, float beta, float* c) {
  std::vector<double> row(static_cast<size_t>(n));
  for (int64_t i = 0; i < m; ++i) {
    std::fill(row.begin(), row.end(), 0.0);
    if (transpose_b) {
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t p = 0; p < k; ++p) {
          sum += static_cast<double>(transpose_a ? a[p * m + i] : a[i * k + p]) * b[j * k + p];
        }
        row[static_cast<size_t>(j)] = sum;
      }
    } else {
      for (int64_t p = 0; p < k; ++p) {
        const double factor = transpose_a ? a[p * m + i] : a[i * k + p];
        for (int64_t j = 0; j < n; ++j) row[static_cast<size_t>(j)] += factor * b[p * n + j];
      }
    }
    for (int64_t j = 0; j < n; ++j) {
      // With beta = 0 what is in C does not count, not even a NaN.
      const double before = beta == 0 ? 0.0 : static_cast<double>(beta) * c[i * n + j];
      c[i * n + j] = static_cast<float>(alpha * row[static_cast<size_t>(j)] + before);
    }
  }
}

}  // namespace caffe::reference
