// An ONNX graph under construction: nodes, values between them, and values that are known.
//
// ONNX is in single assignment form: every value has one maker and a name of its own. Values are
// named after the layer they come from while the graph grows; at its end those that blobs end with
// get the blobs' names.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "core/blob.hpp"
#include "onnx/messages.hpp"

namespace caffe::onnx {

// Of a value: an output of a node, an input of the graph, or an initializer. "" is none.
using Value = std::string;
using Values = std::vector<Value>;

using Attribute =
    std::pair<const char*, std::variant<int64_t, float, const char*, std::vector<int64_t>>>;
using Attributes = std::vector<Attribute>;

class Graph {
 public:
  // Of `blob_names` none is given to a value but by add_input() and rename().
  Graph(const std::string& name, const std::vector<std::string>& blob_names);

  // An input, named after its blob.
  Value add_input(const std::string& name, const Shape& shape);
  // `scope` is the layer's name, the beginning of all names made here.
  Values add_node(const std::string& scope, const char* op, const Values& inputs,
                  const Attributes& attributes, size_t outputs);
  // The blob's values, which are not copied, under `shape`, which has as many. Asking again gives
  // the same value: parameters may be shared.
  Value add_parameter(const std::string& name, const Blob& blob, const Shape& shape);
  Value add_floats(const std::string& name, const std::vector<float>& values, const Shape& shape);
  Value add_ints(const std::string& name, const std::vector<int64_t>& values);

  // Calls a value that a node makes by a blob's name, unless it or the blob has been named before.
  void rename(const Value& value, const std::string& blob_name);

  // The value's extent along this axis depends on other values; `name` is what the file calls it.
  void open_axis(const Value& value, int axis, const char* name);
  bool has_open_axis(const Value& value) const { return open_axes_.count(value) != 0; }

  // The model with these outputs, in this order: what does not lead to one is left out. An output
  // that is known or an input gets a node of its own. The graph is done with then.
  struct Output {
    std::string name;
    Value value;
    Shape shape;
  };
  ModelProto finish(const std::vector<Output>& outputs);

 private:
  std::string unused_name(const std::string& wanted);
  TensorProto& add_initializer(const std::string& name, const Shape& shape, int32_t type);
  void drop_unneeded();
  void apply_names();
  const std::string& named(const Value& value) const;

  GraphProto graph_;
  std::set<std::string> used_names_;        // of blobs, values and nodes
  std::set<std::string> given_names_;       // those of blobs that values have
  std::set<Value> made_;                    // by nodes
  std::map<Value, std::string> new_names_;  // see rename()
  struct OpenAxis {
    int axis;
    const char* name;
  };
  std::map<Value, OpenAxis> open_axes_;
  std::map<std::tuple<const Storage*, std::vector<int64_t>>, Value> parameters_;
};

// Gives an axis of an input or output a name instead of an extent.
void leave_open(ValueInfoProto& value, int axis, const std::string& name);

// Writes the model as a file. Fails when it is larger than the format allows, 2 GiB, before
// anything is written.
void write_model(const ModelProto& model, const std::string& path);

}  // namespace caffe::onnx
