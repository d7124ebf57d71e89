// Names, needless nodes, and the size of a file: onnx/graph.
#include "onnx/graph.hpp"

#include "core/files.hpp"
#include "schema/wire.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

using namespace caffe;
using namespace caffe::onnx;

TEST(onnx_names_are_used_once) {
  Graph graph("", {"x", "it/Relu", "y"});
  const Value x = graph.add_input("x", {2, 3});
  CHECK_EQ(x, "x");
  const Value first = graph.add_node("it", "Relu", {x}, {}, 1)[0];
  const Value second = graph.add_node("it", "Relu", {first}, {}, 1)[0];
  CHECK_EQ(first, "it/Relu_2");  // a blob has the name itself
  CHECK_EQ(second, "it/Relu_3");
  graph.rename(second, "it/Relu");
  graph.rename(first, "it/Relu");  // taken
  const ModelProto model = graph.finish({{"it/Relu", second, {2, 3}}, {"y", second, {2, 3}}});
  CHECK_EQ(model.graph->name, "net");
  CHECK_EQ(model.graph->node.size(), 3u);
  CHECK_EQ(model.graph->node[0].output[0], "it/Relu_2");
  CHECK_EQ(model.graph->node[1].output[0], "it/Relu");
  CHECK_EQ(model.graph->node[2].op_type, "Identity");
  CHECK_EQ(model.graph->node[2].input[0], "it/Relu");
  CHECK_EQ(model.graph->output[1].name, "y");
}

TEST(onnx_needless_nodes_are_left_out) {
  Graph graph("net", {"x"});
  const Value x = graph.add_input("x", {1});
  const Value two = graph.add_floats("two", {2}, {}), three = graph.add_floats("three", {3}, {});
  graph.add_node("unused", "Mul", {x, three}, {}, 1);
  const Value y = graph.add_node("used", "Mul", {x, two}, {}, 1)[0];
  const ModelProto model = graph.finish({{"y", y, {1}}});
  CHECK_EQ(model.graph->node.size(), 1u);
  CHECK_EQ(model.graph->initializer.size(), 1u);
  CHECK_EQ(model.graph->initializer[0].name, "two");
}

TEST(onnx_weights_are_not_copied) {
  Graph graph("net", {});
  Blob blob({2, 3});
  blob.data().write()[5] = 7;
  const Value w = graph.add_parameter("w", blob, {3, 2});
  CHECK_EQ(graph.add_parameter("other", blob, {3, 2}), w);
  CHECK(graph.add_parameter("other", blob, {6}) != w);
  const ModelProto model =
      graph.finish({{"y", graph.add_node("it", "Relu", {w}, {}, 1)[0], {3, 2}}});
  CHECK(model.graph->initializer[0].raw_data.data() == blob.data().read());
}

TEST(onnx_files_have_a_largest_size) {
  // No memory is touched: what is too large is refused by its size.
  const test::Folder folder;
  ModelProto model;
  TensorProto& tensor = model.graph.mut().initializer.emplace_back();
  tensor.raw_data = FloatArray(nullptr, int64_t{1} << 29, std::make_shared<int>());
  CHECK_FAILS(Status::kUnsupported, "an ONNX file has at most 2147483647",
              write_model(model, folder.file("net.onnx")));
  CHECK_EQ(folder.files(), 0u);
}
