#include "net/graph.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "net/messages.hpp"

namespace caffe {

size_t Graph::layer_index(const std::string& name) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < nodes.size(); ++i) {
    names.push_back(nodes[i].layer->name());
    if (names.back() == name) return i;
  }
  fail(Status::kNotFound, "the net has no layer ", quoted(name), did_you_mean(name, names));
}

size_t Graph::blob_index(const std::string& name) const {
  const auto found = std::find(blob_names.begin(), blob_names.end(), name);
  if (found == blob_names.end()) {
    fail(Status::kNotFound, "the net has no blob ", quoted(name), did_you_mean(name, blob_names));
  }
  return static_cast<size_t>(found - blob_names.begin());
}

std::string Graph::label(const Node& node) const {
  return layer_label(source, node.layer->param());
}

void fill_loss_diffs(const Graph::Node& node, Kernels& kernels) {
  for (size_t i = 0; i < node.tops.size(); ++i) {
    if (node.loss_weights[i] != 0) kernels.fill(node.loss_weights[i], node.tops[i]->diff());
  }
}

std::vector<Shape> shapes_of(const BlobPointers& blobs) {
  std::vector<Shape> shapes;
  for (const Blob* blob : blobs) shapes.push_back(blob->shape());
  return shapes;
}

void check_bottoms(const Graph::Node& node, const std::vector<Shape>& shapes) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (node.bottoms[i]->shape() == shapes[i]) continue;
    fail(Status::kInvalidArgument, "cannot work in place: it makes a top of shape ",
         node.bottoms[i]->shape(), " of bottom ", quoted(node.layer->param().bottom[i]),
         ", whose shape is ", shapes[i]);
  }
}

}  // namespace caffe
