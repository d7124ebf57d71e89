// A box of a larger blob's values, copied into a blob of its own, or back (Crop, Padding).
#pragma once

#include <vector>

#include "kernels/kernels.hpp"

namespace caffe {

// `box` has as many axes as `whole` and begins at `offset` of it; it must lie within.
void copy_box(Kernels& kernels, ConstTensor whole, const std::vector<int64_t>& offset, Tensor box);

// The other way: what lies around the box becomes zeros.
void place_box(Kernels& kernels, ConstTensor box, const std::vector<int64_t>& offset, Tensor whole);

}  // namespace caffe
