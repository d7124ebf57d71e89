// The loops for machines with AVX2.
#include "kernels/cpu/simd/loops.hpp"

#define CAFFE_ISA "avx2"
#define CAFFE_LOOPS loops_avx2
#define CAFFE_VECTOR_BYTES 32
#include "kernels/cpu/simd/loops.inc"
