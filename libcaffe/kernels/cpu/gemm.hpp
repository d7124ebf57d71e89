// The CPU's matrix product on raw pointers.
#pragma once

#include <cstdint>

namespace caffe {

// C = alpha * op(A) op(B) + beta * C, row major: op(A) is m x k, op(B) is k x n.
void cpu_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
              const float* a, const float* b, float beta, float* c);

}  // namespace caffe
