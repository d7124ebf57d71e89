// The CPU backend's inner loops, compiled for several instruction sets; loops() is the best set of
// them this machine can run. They see pointers and counts: threads and layouts are their callers'.
#pragma once

#include <cstdint>

#include "kernels/functors.hpp"

namespace caffe {

// One pooling window over channels-last rows: its places within the image, row by row.
struct PoolingTaps {
  int64_t row_begin, row_end, column_begin, column_end;
  int64_t width;  // of the image
};

struct Loops {
  const char* isa;

  void (*relu)(const float* x, float negative_slope, float* y, int64_t count);
  void (*relu_backward)(const float* x, const float* dy, float negative_slope, float* dx,
                        int64_t count);
  void (*axpby)(float a, const float* x, float b, float* y, int64_t count);
  void (*scale)(float a, const float* x, float* y, int64_t count);  // y = a x
  void (*multiply)(const float* a, const float* b, float* y, int64_t count);
  double (*sum_of_magnitudes)(const float* x, int64_t count);
  double (*dot)(const float* x, const float* y, int64_t count);
  void (*sgd)(functor::SgdStep step, float* data, const float* diff, float* history, int64_t count);
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
};

const Loops& loops();

}  // namespace caffe
