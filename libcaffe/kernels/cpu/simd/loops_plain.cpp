// The loops for any x86-64, or another machine's basic instructions.
#include "kernels/cpu/simd/loops.hpp"

#define CAFFE_ISA "plain"
#define CAFFE_LOOPS loops_plain
#define CAFFE_VECTOR_BYTES 16
#include "kernels/cpu/simd/loops.inc"
