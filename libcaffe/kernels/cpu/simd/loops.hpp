// The inner loops of all but convolutions and products, as a table that each instruction set fills.
// They see pointers and counts: threads and layouts are their callers'.
#pragma once

#include <cstdint>

#include "kernels/update_functors.hpp"

namespace caffe {

// One pooling window over channels-last rows: its places within the image, row by row.
struct PoolingTaps {
  int64_t row_begin, row_end, column_begin, column_end;
  int64_t width;  // of the image
};

// Values as they lie for a function per channel: in plain order runs of `inner` values of one
// channel after the other; with inner 1 rows of all channels. After `rows` rows the next item
// begins, which has coefficients of its own behind those of the one before.
struct ChannelRuns {
  int64_t rows, channels, inner;
};

// y = scale (x - centre) + shift, and with z: scale (x - centre) + scale_z (z - centre_z).
// Coefficients may be null.
struct ChannelOperands {
  const float *x, *centre, *scale, *shift, *z, *centre_z, *scale_z;
  float* y;
};

// `channels` values `stride` apart, `width` times side by side, and what LRN does to them: window
// sums over `reach` channels to both sides, s = k + factor * sum of squares, s^-beta.
struct LrnTile {
  int64_t channels, stride, width, reach;
  float factor, beta, k;

  // Of the terms of the sums, and of all memory a tile needs besides.
  int64_t padded() const { return (channels + 2 * reach) * width; }
  int64_t scratch() const { return 2 * padded() + channels * width + 16; }
};

constexpr int64_t kSoftmaxColumns = 64;

// Results side by side, each the sum over kernel_rows x kernel_columns places of all channels by
// themselves: how far x moves from one row and column of the kernel to the next (row_step,
// column_step) and from one result to the next (stride), the weights with a row of the kernel, and
// y with a result (pitch). Without bias the sums begin with 0.
struct DepthwiseRow {
  int64_t channels, kernel_rows, kernel_columns;
  int64_t row_step, column_step, weights_row;
  int64_t stride, pitch;
  int64_t columns;  // results
};

struct Loops {
  void (*relu)(const float* x, float negative_slope, float* y, int64_t count);
  void (*relu_backward)(const float* x, const float* dy, float negative_slope, float* dx,
                        int64_t count);
  void (*axpby)(float a, const float* x, float b, float* y, int64_t count);
  void (*scale)(float a, const float* x, float* y, int64_t count);  // y = a x
  void (*multiply)(const float* a, const float* b, float* y, int64_t count);
  double (*sum_of_magnitudes)(const float* x, int64_t count);
  double (*dot)(const float* x, const float* y, int64_t count);
  // y = a x + b z
  void (*blend)(float a, const float* x, float b, const float* z, float* y, int64_t count);
  // `second` is null for rules with one history.
  void (*update)(const UpdateSpec& spec, float* data, const float* diff, float* first,
                 float* second, int64_t count);
  // Functions of functors.hpp that have an exponential in them; `a` is the constant.
  void (*sigmoid)(const float* x, float a, float* y, int64_t count);
  void (*tanh)(const float* x, float a, float* y, int64_t count);
  void (*elu)(const float* x, float a, float* y, int64_t count);
  void (*swish)(const float* x, float a, float* y, int64_t count);
  // y = (shift + scale * x)^-exponent
  void (*negative_power)(float shift, float scale, float exponent, const float* x, float* y,
                         int64_t count);
  // The softmax of `columns` neighbours (kSoftmaxColumns at most) over channels `inner` apart.
  void (*softmax)(const float* x, int64_t channels, int64_t inner, int64_t columns, float* y);
  // sums[j] += the sum of column j of a matrix of rows `stride` apart.
  void (*add_column_sums)(const float* matrix, int64_t rows, int64_t stride, int64_t columns,
                          float* sums);

  // The maximum of each channel over a window (not empty), and where it is (row * width + column);
  // `places` may be null.
  void (*max_window)(const float* image, PoolingTaps taps, int64_t channels, float* y,
                     int32_t* places);
  // Adds dy to each place of the window that was the maximum; with `overwrite` the others get 0.
  void (*max_window_backward)(const float* dy, const int32_t* places, PoolingTaps taps,
                              int64_t channels, bool overwrite, float* image);
  // y = factor * the sum over the window; and image += factor * dy at its places.
  void (*average_window)(const float* image, PoolingTaps taps, int64_t channels, float factor,
                         float* y);
  void (*average_window_backward)(const float* dy, PoolingTaps taps, int64_t channels, float factor,
                                  float* image);

  // On the values [begin, end) of all.
  void (*channel_map)(ChannelRuns runs, int64_t begin, int64_t end,
                      const ChannelOperands& operands);
  void (*prelu)(ChannelRuns runs, int64_t begin, int64_t end, const float* x, const float* slopes,
                float* y);
  void (*prelu_backward)(ChannelRuns runs, int64_t begin, int64_t end, const float* x,
                         const float* slopes, const float* dy, float* dx);
  // Adds the sum of x and of x z (z may be null) to sums[0] and sums[1]; with `below` only values
  // of x not above 0 count in the product.
  void (*sums)(const float* x, const float* z, bool below, int64_t count, double* sums);
  // The same for each column of a matrix of rows `stride` apart.
  void (*column_sums)(const float* x, const float* z, bool below, int64_t rows, int64_t stride,
                      int64_t columns, double* sums, double* products);

  // `scratch` holds tile.scratch() floats.
  void (*lrn)(const LrnTile& tile, const float* x, float* scratch, float* y);
  void (*lrn_backward)(const LrnTile& tile, const float* x, const float* dy, float* scratch,
                       float* dx);

  void (*depthwise)(const DepthwiseRow& row, const float* x, const float* weights,
                    const float* bias, float* y);
};

}  // namespace caffe
