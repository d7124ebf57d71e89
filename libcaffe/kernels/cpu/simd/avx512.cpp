// The loops for machines with AVX-512 (F, BW, DQ and VL).
#include "kernels/cpu/simd/simd.hpp"

#define CAFFE_VECTOR_BYTES 64
#include "kernels/cpu/simd/vector.inc"

#include "kernels/cpu/simd/register_tile_avx512.inc"

namespace caffe {

namespace {

// Sixteen rows of 16 values become their columns.
CAFFE_INLINE void transpose(__m512* r) {
  __m512 t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) {
      const __m512d a = _mm512_castps_pd(t[i + j]), b = _mm512_castps_pd(t[i + j + 2]);
      r[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
      r[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
    }
  }
  // Now r[4 i + j] holds column 4 l + j of rows 4 i to 4 i + 3 in its quarter l.
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m512 even_low = _mm512_shuffle_f32x4(r[j], r[4 + j], 0x88);
    const __m512 odd_low = _mm512_shuffle_f32x4(r[j], r[4 + j], 0xdd);
    const __m512 even_high = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0x88);
    const __m512 odd_high = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0xdd);
    t[j] = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
    t[8 + j] = _mm512_shuffle_f32x4(even_low, even_high, 0xdd);
    t[4 + j] = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
    t[12 + j] = _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

struct Isa : AnyIsa {
  static constexpr const char* kName = "avx512";
  static constexpr int kRegisters = 32;
  static constexpr int64_t kPanel = 32;    // columns of a product's tile
  static constexpr int kProductRows = 14;  // its rows: as many as registers hold

  // A mask keeps instructions from touching what lies behind, so that no loop is needed.
  static CAFFE_INLINE __mmask16 first(int64_t count) {
    return static_cast<__mmask16>((1u << (count > 0 ? count : 0)) - 1);
  }
  static CAFFE_INLINE Vector load_some(const float* from, int64_t count) {
    if (count >= kLanes) return load(from);
    return _mm512_maskz_loadu_ps(first(count), from);
  }
  static CAFFE_INLINE void store_some(float* to, Vector value, int64_t count) {
    if (count >= kLanes) return store(to, value);
    _mm512_mask_storeu_ps(to, first(count), value);
  }

  static CAFFE_INLINE void stream(float* to, Vector value) {
    _mm512_stream_ps(to, reinterpret_cast<__m512>(value));
  }
  static CAFFE_INLINE void end_streams() { _mm_sfence(); }

  static CAFFE_INLINE bool any_set(Vector values) {
    const auto set = reinterpret_cast<__m512>(values);
    return _mm512_cmp_ps_mask(set, _mm512_setzero_ps(), _CMP_NEQ_UQ) != 0;
  }

  static CAFFE_INLINE Vector rough_inverse_root(Vector s) {
    return reinterpret_cast<Vector>(_mm512_maskz_rsqrt14_ps(0xFFFF, reinterpret_cast<__m512>(s)));
  }

  // Not inlined: all transforms of weights share it.
  template <int64_t kRows>
  static __attribute__((noinline)) void transpose_rows(const float* from, int64_t stride,
                                                       int64_t rows, int64_t count, float* to) {
    static_assert(kRows == 16);
    for (int64_t at = 0; at < count; at += 16) {
      __m512 values[16];
#pragma GCC unroll 16
      for (int row = 0; row < 16; ++row) {
        values[row] = row < rows ? load_some(from + row * stride + at, count - at) : __m512{};
      }
      transpose(values);
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) store(to + (at + i) * kRows, values[i]);
    }
  }

  static constexpr RegisterTile::Multiply kMultiplyTile = register_tile::multiply;
};

}  // namespace

}  // namespace caffe

#define CAFFE_SIMD simd_avx512
#include "kernels/cpu/simd/loops.inc"
