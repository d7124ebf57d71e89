// The loops for any machine: vectors of 16 bytes, which SSE2, that every x86-64 has, and other
// machines' basic instructions hold in a register.
#include "kernels/cpu/simd/simd.hpp"

#define CAFFE_VECTOR_BYTES 16
#include "kernels/cpu/simd/vector.inc"

namespace caffe {

namespace {

struct Isa : AnyIsa {
  static constexpr const char* kName = "plain";
  static constexpr int kRegisters = 16;
  static constexpr int64_t kPanel = 8;    // columns of a product's tile
  static constexpr int kProductRows = 6;  // its rows: as many as registers hold

#if defined(__x86_64__)
  static CAFFE_INLINE void end_streams() { _mm_sfence(); }
#endif
};

}  // namespace

}  // namespace caffe

#define CAFFE_SIMD simd_plain
#include "kernels/cpu/simd/loops.inc"
