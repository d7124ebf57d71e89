// What one layer becomes: the nodes a mapping adds for it, and the mappings themselves, by the
// layer's type.
//
// A mapping is a function and a line in its file's table:
//
//   Values tanh(LayerNodes& nodes) { return {nodes.add("Tanh", {nodes.bottom()})}; }
//   const Mapping mappings[] = {{"TanH", tanh}};
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "layers/base/layer.hpp"
#include "onnx/graph.hpp"

namespace caffe::onnx {

// A layer in its place in the net, for its mapping. Shapes are those of the net as it stands.
class LayerNodes {
 public:
  LayerNodes(Graph& graph, Layer& layer, const BlobPointers& bottoms, const BlobPointers& tops,
             Values bottom_values)
      : graph_(graph),
        layer_(layer),
        bottoms_(bottoms),
        tops_(tops),
        bottom_values_(std::move(bottom_values)) {}

  const LayerParameter& param() const { return layer_.param(); }
  size_t bottom_count() const { return bottoms_.size(); }
  size_t top_count() const { return tops_.size(); }
  const Value& bottom(size_t i = 0) const { return bottom_values_[i]; }
  const Shape& bottom_shape(size_t i = 0) const { return bottoms_[i]->shape(); }
  const Shape& top_shape(size_t i = 0) const { return tops_[i]->shape(); }
  // A parameter that is an axis of bottom 0, counted from the front.
  int axis(int wanted) const { return bottom_shape().canonical_axis(wanted); }

  // The layer's parameter blobs.
  size_t blob_count() const { return layer_.blobs().size(); }
  const Blob& blob(size_t i) const { return *layer_.blobs()[i]; }
  // One of them as a value called `name`, with its own shape or another of as many values.
  Value parameter(size_t i, const char* name) { return parameter(i, name, blob(i).shape()); }
  Value parameter(size_t i, const char* name, const Shape& shape) {
    return graph_.add_parameter(str(layer_.name(), "/", name), blob(i), shape);
  }

  // What the layer's forward makes of its bottoms' shapes alone, as constants.
  Values constant_tops();

  // A node, and its output or outputs.
  Value add(const char* op, const Values& inputs, const Attributes& attributes = {}) {
    return add(op, inputs, attributes, 1)[0];
  }
  Values add(const char* op, const Values& inputs, const Attributes& attributes, size_t outputs) {
    return graph_.add_node(layer_.name(), op, inputs, attributes, outputs);
  }

  // Constants.
  Value scalar(float value) { return floats({value}, Shape{}); }
  Value floats(const std::vector<float>& values, const Shape& shape) {
    return graph_.add_floats(str(layer_.name(), "/constant"), values, shape);
  }
  Value ints(const std::vector<int64_t>& values) {
    return graph_.add_ints(str(layer_.name(), "/constant"), values);
  }

  // The value under another shape; without a node when that is its own.
  Value reshape(const Value& value, const Shape& from, const Shape& to);
  // factor * value, value + summand; without a node when that changes nothing.
  Value times(const Value& value, float factor);
  Value plus(const Value& value, float summand);
  // Values of the type that ONNX has for indices, and floats again.
  Value to_ints(const Value& value) { return add("Cast", {value}, {{"to", kInt64}}); }
  Value to_floats(const Value& value) { return add("Cast", {value}, {{"to", kFloat}}); }

  // The value, of which an extent depends on other values: such a one is an output of the graph.
  Value with_open_axis(const Value& value, int axis, const char* name) {
    graph_.open_axis(value, axis, name);
    return value;
  }

 private:
  static constexpr int64_t kFloat = TensorProto::FLOAT, kInt64 = TensorProto::INT64;

  Graph& graph_;
  Layer& layer_;
  const BlobPointers& bottoms_;
  const BlobPointers& tops_;
  const Values bottom_values_;
};

// Fails: the layer does something that cannot be said in ONNX.
template <class... Parts>
[[noreturn]] void cannot_say(const Parts&... parts) {
  fail(Status::kUnsupported, "ONNX has no way to say ", parts...);
}

// The values of the layer's tops, in their order.
using MapLayer = Values (*)(LayerNodes& nodes);

// Of types that compute (layers/base/traits.hpp): those that serve are the graph's inputs, those
// that score are left out.
struct Mapping {
  Mapping(const char* type, MapLayer map);

  const char* type;
  MapLayer map;
};

// The mapping of a layer's type, nullptr when it has none.
const Mapping* find_mapping(const std::string& type);
// All types that have one, in alphabetical order.
std::vector<std::string> mapped_types();

}  // namespace caffe::onnx
