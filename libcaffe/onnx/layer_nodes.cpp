#include "onnx/layer_nodes.hpp"

#include <map>

namespace caffe::onnx {

namespace {

std::map<std::string, const Mapping*>& mappings() {
  static auto& all = *new std::map<std::string, const Mapping*>;
  return all;
}

}  // namespace

Mapping::Mapping(const char* layer_type, MapLayer how) : type(layer_type), map(how) {
  mappings()[type] = this;
}

const Mapping* find_mapping(const std::string& type) {
  const auto found = mappings().find(type);
  return found == mappings().end() ? nullptr : found->second;
}

std::vector<std::string> mapped_types() {
  std::vector<std::string> types;
  for (const auto& entry : mappings()) types.push_back(entry.first);
  return types;
}

Values LayerNodes::constant_tops() {
  layer_.forward(bottoms_, tops_);
  Values values;
  for (size_t i = 0; i < tops_.size(); ++i) {
    const float* data = tops_[i]->data().read();
    values.push_back(floats({data, data + tops_[i]->count()}, tops_[i]->shape()));
  }
  return values;
}

Value LayerNodes::reshape(const Value& value, const Shape& from, const Shape& to) {
  if (from == to) return value;
  std::vector<int64_t> dims = to.dims();
  // 0 is the extent that is there: so the graph is right for any batch.
  if (from.axes() > 0 && to.axes() > 0 && from[0] == to[0]) dims[0] = 0;
  return add("Reshape", {value, ints(dims)});
}

Value LayerNodes::times(const Value& value, float factor) {
  return factor == 1 ? value : add("Mul", {value, scalar(factor)});
}

Value LayerNodes::plus(const Value& value, float summand) {
  return summand == 0 ? value : add("Add", {value, scalar(summand)});
}

}  // namespace caffe::onnx
