#include "onnx/dynamic_batch.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "onnx/graph.hpp"
#include "schema/wire.hpp"

namespace caffe::onnx {

namespace {

[[noreturn]] void fail_fixed(const std::string& what) {
  fail(Status::kUnsupported, "the batch cannot be left open: ", what,
       " is another for another batch");
}

bool same_values(const TensorProto& a, const TensorProto& b) {
  return a.name == b.name && a.dims == b.dims && a.int64_data == b.int64_data &&
         (a.raw_data.data() == b.raw_data.data() ||
          std::equal(a.raw_data.begin(), a.raw_data.end(), b.raw_data.begin(), b.raw_data.end()));
}

void open_first_axis(ValueInfoProto& value, const ValueInfoProto& other) {
  const auto& dims = value.type->tensor_type->shape->dim;
  const auto& others = other.type->tensor_type->shape->dim;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis].dim_value == others.at(axis).dim_value) continue;
    if (axis > 0) fail_fixed(str("axis ", axis, " of ", quoted(value.name)));
    leave_open(value, 0, "batch");
  }
}

}  // namespace

std::unique_ptr<Net> net_of_another_batch(const Net& net) {
  std::unique_ptr<Net> other = net.clone();
  int64_t batch = -1;
  for (const size_t id : net.input_ids()) {
    const Shape& shape = net.blobs()[id]->shape();
    if (shape.axes() == 0 || (batch >= 0 && shape[0] != batch)) {
      fail(Status::kShape, "the batch cannot be left open: input ", quoted(net.blob_names()[id]),
           " of shape ", shape, " does not have that of the others as its first axis");
    }
    batch = shape[0];
    std::vector<int64_t> dims = shape.dims();
    dims[0] = 2 * batch + 1;
    other->blobs()[id]->reshape(Shape(dims));
  }
  if (batch < 0) {
    fail(Status::kUnsupported, "the batch cannot be left open: the net has no Input layer");
  }
  with_context([] { return "the batch cannot be left open"; }, [&] { other->reshape(); });
  return other;
}

void set_dynamic_batch(ModelProto& model, const ModelProto& other) {
  GraphProto& graph = model.graph.mut();
  const GraphProto& twin = *other.graph;
  for (size_t i = 0; i < std::max(graph.node.size(), twin.node.size()); ++i) {
    const NodeProto& node = i < graph.node.size() ? graph.node[i] : twin.node[i];
    if (i >= graph.node.size() || i >= twin.node.size() ||
        wire_bytes(node) != wire_bytes(twin.node[i])) {
      fail_fixed("node " + quoted(node.name));
    }
  }
  for (size_t i = 0; i < graph.initializer.size(); ++i) {
    const TensorProto& tensor = graph.initializer[i];
    if (i >= twin.initializer.size() || !same_values(tensor, twin.initializer[i])) {
      fail_fixed("constant " + quoted(tensor.name));
    }
  }
  for (size_t i = 0; i < graph.input.size(); ++i) open_first_axis(graph.input[i], twin.input[i]);
  for (size_t i = 0; i < graph.output.size(); ++i) {
    open_first_axis(graph.output[i], twin.output[i]);
  }
}

}  // namespace caffe::onnx
