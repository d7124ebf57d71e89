// Finds which layers of a net can run as one step.
#pragma once

#include <vector>

#include "net/plan.hpp"

namespace caffe {

// The steps of all layers, in an order in which they can run. See Plan for `everything`.
std::vector<Step> fuse_layers(const Net& net, bool everything);

}  // namespace caffe
