// The values that the tests of all BN layers have in common.
#pragma once

#include <cmath>
#include <string>

namespace caffe::test {

inline const std::string kFilled =
    "scale_filler { type: 'uniform' min: 0.5 max: 1.5 } shift_filler { type: 'uniform' }";

inline const Input kImages = {{2, 2, 2}, {1, 3, 10, 10, 5, 7, 10, 30}};

}  // namespace caffe::test
