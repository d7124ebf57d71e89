#include "onnx/graph.hpp"

#include <algorithm>

#include "build_config.hpp"
#include "core/error.hpp"
#include "schema/files.hpp"
#include "schema/wire.hpp"

namespace caffe::onnx {

namespace {

// The newest that every runtime of the last years reads; its softmax and reductions are the ones
// the mappings mean.
constexpr int64_t kOpset = 13, kIrVersion = 7;
// Protobuf measures messages with 32 signed bits.
constexpr int64_t kLargestFile = (int64_t{1} << 31) - 1;

AttributeProto attribute_proto(const Attribute& attribute) {
  AttributeProto proto;
  proto.set_name(attribute.first);
  if (const auto* i = std::get_if<int64_t>(&attribute.second)) {
    proto.set_type(AttributeProto::INT);
    proto.set_i(*i);
  } else if (const auto* f = std::get_if<float>(&attribute.second)) {
    proto.set_type(AttributeProto::FLOAT);
    proto.set_f(*f);
  } else if (const auto* s = std::get_if<const char*>(&attribute.second)) {
    proto.set_type(AttributeProto::STRING);
    proto.set_s(*s);
  } else {
    proto.set_type(AttributeProto::INTS);
    proto.ints = std::get<std::vector<int64_t>>(attribute.second);
  }
  return proto;
}

ValueInfoProto value_info(const std::string& name, const Shape& shape) {
  ValueInfoProto info;
  info.set_name(name);
  TensorTypeProto& type = info.type.mut().tensor_type.mut();
  type.set_elem_type(TensorProto::FLOAT);
  type.shape.mut();  // there, too, when it has no axes
  for (const int64_t dim : shape.dims()) type.shape.mut().dim.emplace_back().set_dim_value(dim);
  return info;
}

}  // namespace

void leave_open(ValueInfoProto& value, int axis, const std::string& name) {
  auto& dim = value.type.mut().tensor_type.mut().shape.mut().dim[static_cast<size_t>(axis)];
  dim.clear_dim_value();
  dim.set_dim_param(name);
}

Graph::Graph(const std::string& name, const std::vector<std::string>& blob_names)
    : used_names_(blob_names.begin(), blob_names.end()) {
  graph_.set_name(name.empty() ? "net" : name);
}

std::string Graph::unused_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !used_names_.insert(name).second; ++i) name = str(wanted, "_", i);
  return name;
}

Value Graph::add_input(const std::string& name, const Shape& shape) {
  const Value value = given_names_.insert(name).second ? name : unused_name(name);
  graph_.input.push_back(value_info(value, shape));
  return value;
}

Values Graph::add_node(const std::string& scope, const char* op, const Values& inputs,
                       const Attributes& attributes, size_t outputs) {
  NodeProto& node = graph_.node.emplace_back();
  node.set_op_type(op);
  node.set_name(unused_name(str(scope, "/", op)));
  node.input = inputs;
  for (const Attribute& each : attributes) node.attribute.push_back(attribute_proto(each));
  for (size_t i = 0; i < outputs; ++i) {
    node.output.push_back(i == 0 ? node.name : unused_name(str(node.name, ":", i)));
    made_.insert(node.output.back());
  }
  return node.output;
}

TensorProto& Graph::add_initializer(const std::string& name, const Shape& shape, int32_t type) {
  TensorProto& tensor = graph_.initializer.emplace_back();
  tensor.set_name(unused_name(name));
  tensor.set_data_type(type);
  tensor.dims = shape.dims();
  return tensor;
}

Value Graph::add_parameter(const std::string& name, const Blob& blob, const Shape& shape) {
  Value& value = parameters_[{blob.data_storage().get(), shape.dims()}];
  if (!value.empty()) return value;
  TensorProto& tensor = add_initializer(name, shape, TensorProto::FLOAT);
  tensor.raw_data = FloatArray(blob.data().read(), blob.count(), blob.data_storage());
  return value = tensor.name;
}

Value Graph::add_floats(const std::string& name, const std::vector<float>& values,
                        const Shape& shape) {
  TensorProto& tensor = add_initializer(name, shape, TensorProto::FLOAT);
  tensor.raw_data.assign(values.data(), static_cast<int64_t>(values.size()));
  return tensor.name;
}

Value Graph::add_ints(const std::string& name, const std::vector<int64_t>& values) {
  TensorProto& tensor =
      add_initializer(name, {static_cast<int64_t>(values.size())}, TensorProto::INT64);
  tensor.int64_data = values;
  return tensor.name;
}

void Graph::rename(const Value& value, const std::string& blob_name) {
  if (made_.count(value) == 0 || new_names_.count(value) != 0) return;
  if (given_names_.insert(blob_name).second) new_names_[value] = blob_name;
}

void Graph::open_axis(const Value& value, int axis, const char* name) {
  open_axes_[value] = {axis, name};
}

const std::string& Graph::named(const Value& value) const {
  const auto found = new_names_.find(value);
  return found == new_names_.end() ? value : found->second;
}

// Nodes come after what they need, so one look from the end finds all that are needed.
void Graph::drop_unneeded() {
  std::set<Value> needed;
  for (const ValueInfoProto& output : graph_.output) needed.insert(output.name);
  std::vector<NodeProto> nodes;
  for (auto node = graph_.node.rbegin(); node != graph_.node.rend(); ++node) {
    if (std::none_of(node->output.begin(), node->output.end(),
                     [&](const Value& value) { return needed.count(value) != 0; })) {
      continue;
    }
    needed.insert(node->input.begin(), node->input.end());
    nodes.push_back(std::move(*node));
  }
  std::reverse(nodes.begin(), nodes.end());
  graph_.node = std::move(nodes);
  std::erase_if(graph_.initializer,
                [&](const TensorProto& tensor) { return needed.count(tensor.name) == 0; });
}

void Graph::apply_names() {
  for (NodeProto& node : graph_.node) {
    for (Value& value : node.input) value = named(value);
    for (Value& value : node.output) value = named(value);
  }
  for (ValueInfoProto& output : graph_.output) output.set_name(named(output.name));
}

ModelProto Graph::finish(const std::vector<Output>& outputs) {
  for (const Output& output : outputs) {
    Value value = output.value;
    rename(value, output.name);
    if (named(value) != output.name) {
      value = add_node(output.name, "Identity", {value}, {}, 1)[0];
      rename(value, output.name);
    }
    graph_.output.push_back(value_info(value, output.shape));
    const auto open = open_axes_.find(output.value);
    if (open != open_axes_.end())
      leave_open(graph_.output.back(), open->second.axis, open->second.name);
  }
  drop_unneeded();
  apply_names();

  ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("libcaffe");
  model.set_producer_version(CAFFE_VERSION);
  OperatorSetIdProto& opset = model.opset_import.emplace_back();
  opset.set_domain("");
  opset.set_version(kOpset);
  model.graph.mut() = std::move(graph_);
  return model;
}

void write_model(const ModelProto& model, const std::string& path) {
  const int64_t size = wire_size(model);
  if (size > kLargestFile) {
    fail(Status::kUnsupported, path, ": the model takes ", size,
         " bytes; an ONNX file has at most ", kLargestFile);
  }
  write_binary_file(path, model);
}

}  // namespace caffe::onnx
