// Finding where a net first went wrong, once its loss is NaN or infinite.
#pragma once

#include <string>

#include "net/net.hpp"

namespace caffe {

// The first parameter or blob, in the order in which layers run, that holds a value that is not
// finite: `parameter 0 of layer "ip1" (InnerProduct)`, `blob "ip1", made by layer ...`; "" when
// there is none.
std::string first_not_finite(const Net& net);

// Whether all values, or all gradients, are finite.
bool finite(const Blob& blob);
bool finite_diff(const Blob& blob);

}  // namespace caffe
