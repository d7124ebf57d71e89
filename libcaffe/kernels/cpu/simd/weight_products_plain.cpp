// The products with weights for any machine.
#include "kernels/cpu/simd/weight_products.hpp"

#define CAFFE_ISA "plain"
#define CAFFE_LOOPS weight_loops_plain
#define CAFFE_VECTOR_BYTES 16
#include "kernels/cpu/simd/weight_products.inc"
