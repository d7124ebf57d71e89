// The loops for machines with AVX-512.
#include "kernels/cpu/simd/loops.hpp"

#define CAFFE_ISA "avx512"
#define CAFFE_LOOPS loops_avx512
#define CAFFE_VECTOR_BYTES 64
#include "kernels/cpu/simd/loops.inc"
