// The choice of loops: once, by what the machine can run.
#include "kernels/cpu/simd/loops.hpp"

#include "kernels/cpu/simd/isa.hpp"

namespace caffe {

extern const Loops loops_plain;
#if defined(__x86_64__)
extern const Loops loops_avx2, loops_avx512;
#endif

const Loops& loops() {
#if defined(__x86_64__)
  if (machine_isa() == Isa::kAvx512) return loops_avx512;
  if (machine_isa() == Isa::kAvx2) return loops_avx2;
#endif
  return loops_plain;
}

}  // namespace caffe
