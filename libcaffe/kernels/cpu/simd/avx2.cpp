// The loops for machines with AVX2 and FMA.
#include "kernels/cpu/simd/simd.hpp"

#define CAFFE_VECTOR_BYTES 32
#include "kernels/cpu/simd/vector.inc"

namespace caffe {

namespace {

struct Isa : AnyIsa {
  static constexpr const char* kName = "avx2";
  static constexpr int kRegisters = 16;
  static constexpr int64_t kPanel = 16;   // columns of a product's tile
  static constexpr int kProductRows = 6;  // its rows: as many as registers hold

  static CAFFE_INLINE void stream(float* to, Vector value) {
    _mm256_stream_ps(to, reinterpret_cast<__m256>(value));
  }
  static CAFFE_INLINE void end_streams() { _mm_sfence(); }

  static CAFFE_INLINE bool any_set(Vector values) {
    const __m256 set =
        _mm256_cmp_ps(reinterpret_cast<__m256>(values), _mm256_setzero_ps(), _CMP_NEQ_UQ);
    return _mm256_movemask_ps(set) != 0;
  }

  // The instruction gives 11 bits or so; a step of Newton's doubles them.
  static CAFFE_INLINE Vector rough_inverse_root(Vector s) {
    const auto guess = reinterpret_cast<Vector>(_mm256_rsqrt_ps(reinterpret_cast<__m256>(s)));
    return guess * (1.5f - 0.5f * s * guess * guess);
  }
};

}  // namespace

}  // namespace caffe

#define CAFFE_SIMD simd_avx2
#include "kernels/cpu/simd/loops.inc"
