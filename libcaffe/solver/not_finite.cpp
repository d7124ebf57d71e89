#include "solver/not_finite.hpp"

#include <algorithm>
#include <cmath>

namespace caffe {

namespace {

bool finite(ConstTensor tensor) {
  if (tensor.empty()) return true;
  const float* values = tensor.read();
  return std::all_of(values, values + tensor.count(), [](float x) { return std::isfinite(x); });
}

}  // namespace

bool finite(const Blob& blob) {
  return finite(blob.data());
}

bool finite_diff(const Blob& blob) {
  return finite(blob.diff());
}

std::string first_not_finite(const Net& net) {
  for (size_t i = 0; i < net.layer_count(); ++i) {
    const Layer& layer = net.layer(i);
    const std::string label = str("layer ", quoted(layer.name()), " (", layer.type(), ")");
    for (size_t j = 0; j < layer.blobs().size(); ++j) {
      if (!finite(*layer.blobs()[j])) return str("parameter ", j, " of ", label);
    }
    for (const size_t top : net.top_ids(i)) {
      if (finite(*net.blobs()[top])) continue;
      return str("blob ", quoted(net.blob_names()[top]), ", made by ", label);
    }
  }
  return "";
}

}  // namespace caffe
