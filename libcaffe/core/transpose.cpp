// Squares of 4 x 4 in registers, in the order of blocks that stay in the cache; the compiler knows
// the shuffles of every machine.
#include "core/transpose.hpp"

#include <algorithm>
#include <cstring>

namespace caffe {

namespace {

typedef float Vector __attribute__((vector_size(16)));

Vector load(const float* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

void store(float* to, Vector v) {
  std::memcpy(to, &v, sizeof v);
}

void transpose_square(const float* in, int64_t in_stride, float* out, int64_t out_stride) {
  const Vector a = load(in), b = load(in + in_stride);
  const Vector c = load(in + 2 * in_stride), d = load(in + 3 * in_stride);
  const Vector ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Vector ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vector cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Vector cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(out, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
  store(out + out_stride, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
  store(out + 2 * out_stride, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store(out + 3 * out_stride, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

}  // namespace

void transpose(const float* in, int64_t in_stride, int64_t rows, int64_t columns, float* out,
               int64_t out_stride) {
  constexpr int64_t kBlock = 32;  // rows of `in` whose lines are used up before they are evicted
  for (int64_t begin = 0; begin < rows; begin += kBlock) {
    const int64_t end = std::min(begin + kBlock, rows), whole = begin + (end - begin) / 4 * 4;
    int64_t column = 0;
    for (; column + 4 <= columns; column += 4) {
      for (int64_t row = begin; row < whole; row += 4) {
        transpose_square(in + row * in_stride + column, in_stride, out + column * out_stride + row,
                         out_stride);
      }
    }
    const int64_t square_columns = column;
    for (; column < columns; ++column) {
      for (int64_t row = begin; row < end; ++row) {
        out[column * out_stride + row] = in[row * in_stride + column];
      }
    }
    for (int64_t row = whole; row < end; ++row) {
      for (column = 0; column < square_columns; ++column) {
        out[column * out_stride + row] = in[row * in_stride + column];
      }
    }
  }
}

}  // namespace caffe
