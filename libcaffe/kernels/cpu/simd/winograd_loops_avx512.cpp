// Winograd's loops for machines with AVX-512.
#include "kernels/cpu/simd/winograd_loops.hpp"
#include "kernels/cpu/simd/winograd_numbers.hpp"

#define CAFFE_ISA "avx512"
#define CAFFE_LOOPS winograd_loops_avx512
#define CAFFE_VECTOR_BYTES 64
#define CAFFE_PANEL 32  // columns of the product's tile
#define CAFFE_ROWS 14   // its rows: what the registers hold
#include "kernels/cpu/simd/winograd_transforms.inc"
