// Graphs whose batch size is left open.
#pragma once

#include <memory>

#include "net/net.hpp"
#include "onnx/messages.hpp"

namespace caffe::onnx {

// The same net for a batch of another size. Fails unless its inputs come from Input layers and
// agree in their first axis.
std::unique_ptr<Net> net_of_another_batch(const Net& net);

// Leaves open, under the name "batch", the first axis of those inputs and outputs of `model` whose
// extent is another in `other`, the same net's model for another batch. Fails unless that is all
// in which the two differ: only then the graph is right for any batch.
void set_dynamic_batch(ModelProto& model, const ModelProto& other);

}  // namespace caffe::onnx
