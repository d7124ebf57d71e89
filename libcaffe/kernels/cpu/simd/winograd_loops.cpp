// The choice of loops: once, by what the machine can run.
#include "kernels/cpu/simd/winograd_loops.hpp"

namespace caffe {

extern const WinogradLoops winograd_loops_plain;
#if defined(__x86_64__)
extern const WinogradLoops winograd_loops_avx2, winograd_loops_avx512;
#endif

const WinogradLoops& winograd_loops([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return winograd_loops_avx512;
  if (isa == Isa::kAvx2) return winograd_loops_avx2;
#endif
  return winograd_loops_plain;
}

}  // namespace caffe
