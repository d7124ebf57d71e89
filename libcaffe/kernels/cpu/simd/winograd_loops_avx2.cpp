// Winograd's loops for machines with AVX2.
#include "kernels/cpu/simd/winograd_loops.hpp"
#include "kernels/cpu/simd/winograd_numbers.hpp"

#define CAFFE_ISA "avx2"
#define CAFFE_LOOPS winograd_loops_avx2
#define CAFFE_VECTOR_BYTES 32
#define CAFFE_PANEL 16  // columns of the product's tile
#define CAFFE_ROWS 6    // its rows: what the registers hold
#include "kernels/cpu/simd/winograd_transforms.inc"
