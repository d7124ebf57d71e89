// Row products for machines with AVX2.
#include "kernels/cpu/simd/row_products.hpp"

#define CAFFE_ISA "avx2"
#define CAFFE_ROW_PRODUCTS row_products_avx2
#define CAFFE_VECTOR_BYTES 32
#include "kernels/cpu/simd/row_products.inc"
