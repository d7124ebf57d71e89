// The choice of loops: once, by what the machine can run.
#include "kernels/cpu/simd/weight_products.hpp"

#include "kernels/cpu/simd/isa.hpp"

namespace caffe {

extern const WeightLoops weight_loops_plain;
#if defined(__x86_64__)
extern const WeightLoops weight_loops_avx2, weight_loops_avx512;
#endif

const WeightLoops& weight_loops() {
#if defined(__x86_64__)
  if (machine_isa() == Isa::kAvx512) return weight_loops_avx512;
  if (machine_isa() == Isa::kAvx2) return weight_loops_avx2;
#endif
  return weight_loops_plain;
}

}  // namespace caffe
