#include "net/passes/splits.hpp"

#include <map>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "net/messages.hpp"

namespace caffe {

namespace {

// A top by the layer that makes it and its place there. In-place layers make a new one of the same
// blob name.
using TopId = std::pair<size_t, size_t>;

struct Use {
  int readers = 0;  // a loss weight counts as one
  float loss_weight = 0;
  int next_reader = 0;  // while renaming
};

struct Uses {
  std::map<TopId, Use> tops;
  std::map<TopId, TopId> source_of_bottom;  // (layer, bottom) -> top
};

std::vector<std::string> keys(const std::map<std::string, TopId>& makers) {
  std::vector<std::string> names;
  for (const auto& entry : makers) names.push_back(entry.first);
  return names;
}

Uses count_uses(const NetParameter& param, const std::string& source) {
  Uses uses;
  std::map<std::string, TopId> makers;  // the latest maker of each blob
  for (size_t i = 0; i < param.layer.size(); ++i) {
    const LayerParameter& layer = param.layer[i];
    for (size_t j = 0; j < layer.bottom.size(); ++j) {
      const auto maker = makers.find(layer.bottom[j]);
      if (maker == makers.end()) {
        fail(Status::kInvalidArgument, layer_label(source, layer), ": bottom ",
             quoted(layer.bottom[j]), " is not the top of a layer before it",
             did_you_mean(layer.bottom[j], keys(makers)));
      }
      uses.source_of_bottom[{i, j}] = maker->second;
      ++uses.tops[maker->second].readers;
    }
    for (size_t j = 0; j < layer.top.size(); ++j) {
      makers[layer.top[j]] = {i, j};
      const float weight = j < layer.loss_weight.size() ? layer.loss_weight[j] : 0;
      if (weight != 0) {
        Use& use = uses.tops[{i, j}];
        use.loss_weight = weight;
        ++use.readers;
      }
    }
  }
  return uses;
}

std::string split_name(const std::string& blob, const std::string& layer, size_t top) {
  return str(blob, "_", layer, "_", top, "_split");
}

std::string split_top(const std::string& blob, const std::string& layer, size_t top, int reader) {
  return str(split_name(blob, layer, top), "_", reader);
}

LayerParameter split_layer(const LayerParameter& maker, size_t top, const Use& use) {
  LayerParameter split;
  split.source_line = maker.source_line;
  split.set_name(split_name(maker.top[top], maker.name, top));
  split.set_type("Split");
  split.bottom.push_back(maker.top[top]);
  for (int reader = 0; reader < use.readers; ++reader) {
    split.top.push_back(split_top(maker.top[top], maker.name, top, reader));
    if (use.loss_weight != 0) split.loss_weight.push_back(reader == 0 ? use.loss_weight : 0);
  }
  return split;
}

}  // namespace

NetParameter insert_splits(const NetParameter& param, const std::string& source) {
  Uses uses = count_uses(param, source);
  NetParameter result = param;
  result.layer.clear();
  for (size_t i = 0; i < param.layer.size(); ++i) {
    LayerParameter layer = param.layer[i];
    for (size_t j = 0; j < layer.bottom.size(); ++j) {
      const TopId source = uses.source_of_bottom.at({i, j});
      Use& use = uses.tops.at(source);
      if (use.readers <= 1) continue;
      const std::string& maker = param.layer[source.first].name;
      layer.bottom[j] = split_top(layer.bottom[j], maker, source.second, use.next_reader++);
    }
    std::vector<LayerParameter> splits;
    for (size_t j = 0; j < layer.top.size(); ++j) {
      const auto use = uses.tops.find({i, j});
      if (use == uses.tops.end() || use->second.readers <= 1) continue;
      splits.push_back(split_layer(param.layer[i], j, use->second));
      if (use->second.loss_weight != 0) {
        use->second.next_reader = 1;  // the first split top is the loss
        layer.loss_weight[j] = 0;
      }
    }
    result.layer.push_back(std::move(layer));
    for (LayerParameter& split : splits) result.layer.push_back(std::move(split));
  }
  return result;
}

}  // namespace caffe
