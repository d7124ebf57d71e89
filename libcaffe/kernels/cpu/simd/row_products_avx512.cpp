// Row products for machines with AVX-512.
#include "kernels/cpu/simd/row_products.hpp"

#define CAFFE_ISA "avx512"
#define CAFFE_ROW_PRODUCTS row_products_avx512
#define CAFFE_VECTOR_BYTES 64
#include "kernels/cpu/simd/row_products.inc"
