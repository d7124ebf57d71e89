// The emulated device's kernels: the reference's, put into a queue.
#pragma once

#include "kernels/device/kernel_table.h"

namespace emulated {

extern const caffe_kernel_table kernel_table;

}  // namespace emulated
