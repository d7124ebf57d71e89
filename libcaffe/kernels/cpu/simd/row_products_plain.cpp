// Row products for any machine.
#include "kernels/cpu/simd/row_products.hpp"

#define CAFFE_ISA "plain"
#define CAFFE_ROW_PRODUCTS row_products_plain
#define CAFFE_VECTOR_BYTES 16
#include "kernels/cpu/simd/row_products.inc"
