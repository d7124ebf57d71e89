// Finds which layers of a graph can run as one step.
#pragma once

#include <vector>

#include "net/fused_step.hpp"
#include "net/graph.hpp"

namespace caffe {

// The steps of all layers, in an order in which they can run. See Plan (net/plan.hpp) for
// `everything`.
std::vector<Step> fuse_layers(const Graph& graph, Kernels& kernels, bool everything);

}  // namespace caffe
