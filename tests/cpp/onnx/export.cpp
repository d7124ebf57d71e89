// onnx/export.cpp: what of a net a file has. That it computes the same is
// tests/python/test_onnx.py.
#include "onnx/export.hpp"

#include "cpp/net/small_nets.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

std::string operators(const std::string& layers, const std::vector<std::string>& outputs) {
  Net net = test::made(test::kInput + layers, TEST);
  ExportOptions options;
  options.output = outputs;
  std::string types;
  const onnx::ModelProto model = onnx::model_of(net, options);
  for (const onnx::NodeProto& node : model.graph->node) types += node.op_type + " ";
  return types;
}

TEST(onnx_top_of_a_split_is_what_a_layer_in_place_made_of_it) {
  const std::string layers =
      "layer { name: 's' type: 'Split' bottom: 'data' top: 'a' top: 'b' }"
      "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'a' }"
      "layer { name: 't' type: 'TanH' bottom: 'b' top: 't' }";
  CHECK_EQ(operators(layers, {}), "Relu Tanh ");
  CHECK_EQ(operators(layers, {"a"}), "Relu ");
  CHECK_EQ(operators(layers, {"t"}), "Tanh ");
}

}  // namespace
}  // namespace caffe
