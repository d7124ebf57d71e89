// Matrix products: oneDNN's, or ours where it has none.
#include "kernels/cpu/gemm.hpp"

#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/onednn/onednn.hpp"
#include "kernels/cpu/product/panel_gemm.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe {

void cpu_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
              const float* a, const float* b, float beta, float* c) {
  if (m == 0 || n == 0 || k == 0) {
    return reference::gemm(transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c);
  }
  if (onednn::gemm(transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c)) return;
  panel_gemm(m, n, k, alpha, {a, transpose_a ? m : k, transpose_a},
             {b, transpose_b ? k : n, transpose_b}, beta, {c, n});
}

void CpuKernels::gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                      float alpha, const Matrix& a, const Matrix& b, float beta, Tensor c,
                      int64_t c_offset) {
  const float* left = a.values.read() + a.offset;
  const float* right = b.values.read() + b.offset;
  const bool whole = beta == 0 && m * n == c.count();
  float* out = (whole ? c.write() : beta == 0 ? c.write_part() : c.update()) + c_offset;
  cpu_gemm(transpose_a, transpose_b, m, n, k, alpha, left, right, beta, out);
}

}  // namespace caffe
