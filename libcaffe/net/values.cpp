#include "net/values.hpp"

#include <map>

#include "layers/base/roles.hpp"

namespace caffe {

Values::Values(const Graph& graph) : read(graph.nodes.size()), written(graph.nodes.size()) {
  std::map<size_t, size_t> current;  // by blob
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Graph::Node& node = graph.nodes[i];
    for (const size_t blob : node.bottom_ids) {
      const auto [at, missing] = current.try_emplace(blob, all.size());
      if (missing) all.push_back({Value::kNobody, {}, {blob}, {}});
      read[i].push_back(at->second);
    }
    if (dynamic_cast<const AliasRole*>(node.layer.get()) != nullptr) {
      const size_t value = read[i].at(0);
      for (size_t j = 0; j < node.top_ids.size(); ++j) {
        const size_t blob = node.top_ids[j];
        const bool copied = node.layer->top_changes(j);
        current[blob] = copied ? all.size() : value;
        written[i].push_back(current[blob]);
        if (copied) {
          all[value].readers.push_back(i);
          all.push_back({i, {}, {blob}, {}});
        } else {
          all[value].blobs.push_back(blob);
        }
      }
      continue;
    }
    for (const size_t value : read[i]) all[value].readers.push_back(i);
    for (const size_t blob : node.top_ids) {
      current[blob] = all.size();
      written[i].push_back(all.size());
      all.push_back({i, {}, {blob}, {}});
    }
  }
  for (const auto& [blob, value] : current) all[value].last_of.push_back(blob);
}

}  // namespace caffe
