// Plain order into channels last, and back, on the host.
#pragma once

#include <cstdint>

namespace caffe {

// Each of `images` matrices of rows x columns is transposed, by several threads.
void transpose_images(const float* from, float* to, int64_t images, int64_t rows, int64_t columns);

}  // namespace caffe
