// C = alpha * op(A) op(B) + beta * C by our own panel products (simd/panel_products.hpp), on any
// machine. Blocks of A and B that fit into a core's caches are copied into the order that the
// innermost loops read them in (Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, 2008). Which blocks there are depends on shapes only, and each is one thread's,
// so the product is the same for any number of threads.
#pragma once

#include <cstdint>

namespace caffe {

// Rows of values `stride` apart, or, transposed, columns.
struct Operand {
  const float* values;
  int64_t stride;
  bool transposed;
};

struct Product {
  float* values;
  int64_t stride;
};

// op(A) is m x k, op(B) is k x n, none of them 0. With beta = 0 what is in C does not count.
void panel_gemm(int64_t m, int64_t n, int64_t k, float alpha, const Operand& a, const Operand& b,
                float beta, const Product& c);

}  // namespace caffe
