// From a definition to the graph of a net: layers are made in order, and their blobs wired by name.
#pragma once

#include "net/graph.hpp"
#include "schema/messages.hpp"

namespace caffe {

// `param` is the net's own definition, filtered and with splits (net/passes); layers that name no
// phase get the net's. The options and the kernels outlive the graph. Fails where names do not
// match, shapes do not fit or a layer refuses.
Graph wire(NetParameter& param, const NetOptions& options, Kernels& kernels,
           const std::string& source);

}  // namespace caffe
