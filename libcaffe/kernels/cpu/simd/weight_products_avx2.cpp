// The products with weights for machines with AVX2.
#include "kernels/cpu/simd/weight_products.hpp"

#define CAFFE_ISA "avx2"
#define CAFFE_LOOPS weight_loops_avx2
#define CAFFE_VECTOR_BYTES 32
#include "kernels/cpu/simd/weight_products.inc"
