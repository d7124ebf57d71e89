// The products with weights for machines with AVX-512.
#include "kernels/cpu/simd/weight_products.hpp"

#define CAFFE_ISA "avx512"
#define CAFFE_LOOPS weight_loops_avx512
#define CAFFE_VECTOR_BYTES 64
#include "kernels/cpu/simd/weight_products.inc"
