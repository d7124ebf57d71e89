// Which layers run backward: those on a path from something that learns to a loss. And behind which
// of them the gradient of each parameter is complete.
#pragma once

#include "net/graph.hpp"

namespace caffe {

void decide_backward(Graph& graph);
// All of them, to every bottom and parameter that may have a gradient.
void force_backward(Graph& graph);
// Fills Learnable::ready_after, once it is decided which layers run backward.
void find_ready_after(Graph& graph);

}  // namespace caffe
