// Values of planes that go to places which follow from their row and from their column (UnPooling,
// Unpooling): whole numbers, as planes may have more places than a float can count.
#pragma once

#include <vector>

#include "kernels/kernels.hpp"

namespace caffe {

// Where the values along one axis go, in ascending order; -1 is nowhere.
using AxisPlaces = std::vector<int64_t>;

// Puts the values of x, N x C x rows x columns, to their places in y, of several with one place the
// last one; all else is 0.
void put_to_places(Kernels& kernels, ConstTensor x, const AxisPlaces& rows,
                   const AxisPlaces& columns, Tensor y);

// The other way: the value at each place, 0 from nowhere.
void take_from_places(Kernels& kernels, ConstTensor y, const AxisPlaces& rows,
                      const AxisPlaces& columns, Tensor x);

}  // namespace caffe
