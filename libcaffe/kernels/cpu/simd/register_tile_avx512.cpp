// Tiles for AVX-512: up to 6 rows of 4 vectors, of which the last is as narrow as will do
// (processors that split 512-bit operations do a 128-bit one in half the time).
#include "kernels/cpu/simd/register_tile.hpp"

// GCC's own header begins a vector with what it calls undefined.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

namespace caffe {

namespace {

template <int kLanes>
struct Narrow;

template <>
struct Narrow<4> {
  using Vector = __m128;
  using Mask = __mmask8;
  static Vector zero() { return _mm_setzero_ps(); }
  static Vector load(Mask mask, const float* from) { return _mm_maskz_loadu_ps(mask, from); }
  static void store(float* to, Mask mask, Vector v) { _mm_mask_storeu_ps(to, mask, v); }
  static Vector multiply_add(__m512 a, Vector b, Vector sum) {
    return _mm_fmadd_ps(_mm512_castps512_ps128(a), b, sum);
  }
};

template <>
struct Narrow<8> {
  using Vector = __m256;
  using Mask = __mmask8;
  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector load(Mask mask, const float* from) { return _mm256_maskz_loadu_ps(mask, from); }
  static void store(float* to, Mask mask, Vector v) { _mm256_mask_storeu_ps(to, mask, v); }
  static Vector multiply_add(__m512 a, Vector b, Vector sum) {
    return _mm256_fmadd_ps(_mm512_castps512_ps256(a), b, sum);
  }
};

template <>
struct Narrow<16> {
  using Vector = __m512;
  using Mask = __mmask16;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(Mask mask, const float* from) { return _mm512_maskz_loadu_ps(mask, from); }
  static void store(float* to, Mask mask, Vector v) { _mm512_mask_storeu_ps(to, mask, v); }
  static Vector multiply_add(__m512 a, Vector b, Vector sum) { return _mm512_fmadd_ps(a, b, sum); }
};

using Function = void (*)(const TileProduct&, int, const float* const*, const float*, const float*,
                          bool, float* const*);

// kWhole vectors of 16 and a last one of kLast lanes, `last` of them used.
template <int kRows, int kWhole, int kLast>
void tile(const TileProduct& product, int last, const float* const* a, const float* b,
          const float* start, bool add, float* const* c) {
  using Tail = Narrow<kLast>;
  const auto mask = static_cast<typename Tail::Mask>((1u << last) - 1);
  constexpr int kVectors = kWhole > 0 ? kWhole : 1;  // no arrays of none
  __m512 sums[kRows][kVectors];
  typename Tail::Vector tails[kRows];
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
    const float* from = add ? c[row] : start;
#pragma GCC unroll 4
    for (int v = 0; v < kWhole; ++v) {
      sums[row][v] = from != nullptr ? _mm512_loadu_ps(from + v * 16) : _mm512_setzero_ps();
    }
    tails[row] = from != nullptr ? Tail::load(mask, from + kWhole * 16) : Tail::zero();
  }
  const float* rows[kRows];
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) rows[row] = a[row];
  for (int64_t segment = 0; segment < product.segments; ++segment) {
    int64_t at = segment * product.a_segment;
    const float* right = b + segment * product.b_segment;
    for (int64_t step = 0; step < product.depth; ++step) {
      __m512 columns[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kWhole; ++v) columns[v] = _mm512_loadu_ps(right + v * 16);
      const typename Tail::Vector tail = Tail::load(mask, right + kWhole * 16);
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const __m512 value = _mm512_set1_ps(rows[row][at]);
#pragma GCC unroll 4
        for (int v = 0; v < kWhole; ++v) {
          sums[row][v] = _mm512_fmadd_ps(value, columns[v], sums[row][v]);
        }
        tails[row] = Tail::multiply_add(value, tail, tails[row]);
      }
      at += product.a_step;
      right += product.b_step;
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int v = 0; v < kWhole; ++v) _mm512_storeu_ps(c[row] + v * 16, sums[row][v]);
    Tail::store(c[row] + kWhole * 16, mask, tails[row]);
  }
}

#define CAFFE_TILES(rows)                                        \
  {                                                              \
    {tile<rows, 0, 4>, tile<rows, 0, 8>, tile<rows, 0, 16>},     \
        {tile<rows, 1, 4>, tile<rows, 1, 8>, tile<rows, 1, 16>}, \
        {tile<rows, 2, 4>, tile<rows, 2, 8>, tile<rows, 2, 16>}, \
        {tile<rows, 3, 4>, tile<rows, 3, 8>, tile<rows, 3, 16>}, \
  }

// By rows - 1, whole vectors, and the last one's width.
constexpr Function kTiles[Tiles::kRows][4][3] = {CAFFE_TILES(1), CAFFE_TILES(2), CAFFE_TILES(3),
                                                 CAFFE_TILES(4), CAFFE_TILES(5), CAFFE_TILES(6)};
#undef CAFFE_TILES

void multiply(const TileProduct& product, int rows, int columns, const float* const* a,
              const float* b, const float* start, bool add, float* const* c) {
  const int whole = (columns - 1) / 16, last = columns - whole * 16;
  const int width = last <= 4 ? 0 : last <= 8 ? 1 : 2;
  kTiles[rows - 1][whole][width](product, last, a, b, start, add, c);
}

}  // namespace

extern const Tiles tiles_avx512;
const Tiles tiles_avx512 = {multiply};

}  // namespace caffe
