// The choice of row products: once, by what the machine can run.
#include "kernels/cpu/simd/row_products.hpp"

#include "kernels/cpu/simd/isa.hpp"

namespace caffe {

extern const RowProducts row_products_plain;
#if defined(__x86_64__)
extern const RowProducts row_products_avx2, row_products_avx512;
#endif

const RowProducts& row_products() {
#if defined(__x86_64__)
  if (machine_isa() == Isa::kAvx512) return row_products_avx512;
  if (machine_isa() == Isa::kAvx2) return row_products_avx2;
#endif
  return row_products_plain;
}

}  // namespace caffe
