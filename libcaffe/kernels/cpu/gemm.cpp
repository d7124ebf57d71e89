// Matrix products by oneDNN's sgemm, which is row major as ours is.
#include <algorithm>

#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/onednn.hpp"

namespace caffe {

void CpuKernels::gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                      float alpha, const float* a, const float* b, float beta, float* c) {
  if (m == 0 || n == 0 || k == 0) {
    ReferenceKernels::gemm(transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c);
    return;
  }
  const onednn::ThreadScope scope;
  const dnnl_status_t status =
      dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, alpha, a,
                 transpose_a ? m : k, b, transpose_b ? k : n, beta, c, n);
  if (status != dnnl_success) onednn::fail_with("gemm", dnnl::error(status, "sgemm failed"));
}

}  // namespace caffe
