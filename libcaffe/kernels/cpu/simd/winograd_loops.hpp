// The inner loops of Winograd's filtering, as a table that each instruction set fills. Channels go
// in blocks of 16 on the way in and in panels, as wide as the product's tile of registers, on the
// way out; a tile of the top has n x n points (numbers.hpp).
#pragma once

#include <cstdint>

#include "kernels/cpu/simd/panel_products.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

constexpr int64_t kWinogradBlock = PanelProducts::kBlock;

// Weights as they lie: those of column n (a channel of the result) and depth k (one of the
// operand), kTaps x kTaps values each, begin at n * column_stride + k * depth_stride.
struct WinogradWeights {
  const float* values;
  int64_t column_stride, depth_stride;
  bool rotated;  // by 180 degrees
};

// A tile of the result, at its first row and column: `rows` x `columns` of its places exist. What
// begins with `addend`, `bias` and `slopes` may be null.
struct WinogradTarget {
  float* values;
  int64_t row_stride, column_stride;
  int64_t rows, columns;
  const float* addend;
  int64_t addend_row_stride, addend_column_stride;
  const float* bias;
  Activation activation;
  const float* slopes;
};

struct WinogradTransforms {
  int64_t outputs, taps;  // along an axis

  // `places` are the n x n places under a tile, row by row; point p of the c-th block of 16
  // channels goes to to[p * point_stride + c * block_stride]. The places of the next tile are
  // `next` further on.
  void (*input)(const float* const* places, int64_t channels, int64_t next, float* to,
                int64_t point_stride, int64_t block_stride);
  // Point p of depth k goes to to[p * point_stride + k * panel], zeros where there are no columns.
  void (*weights)(const WinogradWeights& weights, int64_t columns, int64_t depth, float* to,
                  int64_t point_stride);
  // Point p of the (at most panel) channels is at from[p * point_stride].
  void (*output)(const float* from, int64_t point_stride, int64_t channels,
                 const WinogradTarget& target);
};

// Of the gradient of weights, from tiles of the result's gradient and of the operand, whose
// transform is that of any other convolution with as many points.
struct WinogradGradientTransforms {
  int64_t size, taps;  // of a tile of the result's gradient, and of the kernel

  // Point p of the channels of panel i goes to to[p * point_stride + i * panel_stride].
  void (*gradient)(const float* const* places, int64_t channels, int64_t next, float* to,
                   int64_t point_stride, int64_t panel_stride);
  // From products as transformed weights lie, to `weights`, or added to them.
  void (*weights)(const float* from, int64_t point_stride, int64_t columns, int64_t depth, bool add,
                  float* to, int64_t column_stride);
};

struct WinogradLoops {
  static constexpr int kSizes = 6;

  WinogradTransforms transforms[kSizes];
  WinogradGradientTransforms gradients[2];
};

}  // namespace caffe
