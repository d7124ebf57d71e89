// Winograd's loops for any x86-64, or another machine's basic instructions.
#include "kernels/cpu/simd/winograd_loops.hpp"
#include "kernels/cpu/simd/winograd_numbers.hpp"

#define CAFFE_ISA "plain"
#define CAFFE_LOOPS winograd_loops_plain
#define CAFFE_VECTOR_BYTES 16
#define CAFFE_PANEL 8  // columns of the product's tile
#define CAFFE_ROWS 6   // its rows: what the registers hold
#include "kernels/cpu/simd/winograd_transforms.inc"
