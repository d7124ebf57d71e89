// Layers without bottoms whose tops are no inputs.
#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

Values parameter(LayerNodes& nodes) {
  return {nodes.parameter(0, "value")};
}

const Mapping mappings[] = {{"Parameter", parameter}};

}  // namespace
}  // namespace caffe::onnx
