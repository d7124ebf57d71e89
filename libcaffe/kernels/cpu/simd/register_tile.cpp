#include "kernels/cpu/simd/register_tile.hpp"

#include "kernels/cpu/simd/isa.hpp"

namespace caffe {

#if defined(__x86_64__)
extern const Tiles tiles_avx512;
#endif

const Tiles* tiles() {
#if defined(__x86_64__)
  if (machine_isa() == Isa::kAvx512) return &tiles_avx512;
#endif
  return nullptr;
}

}  // namespace caffe
