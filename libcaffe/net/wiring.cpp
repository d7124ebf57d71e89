#include "net/wiring.hpp"

#include <algorithm>
#include <map>

#include "core/checked.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "net/messages.hpp"

namespace caffe {

namespace {

// For each blob that a layer works on in place, the index of the last one that does.
std::map<std::string, size_t> last_in_place(const NetParameter& param) {
  std::map<std::string, size_t> last;
  for (size_t i = 0; i < param.layer.size(); ++i) {
    const LayerParameter& layer = param.layer[i];
    for (size_t j = 0; j < std::min(layer.bottom.size(), layer.top.size()); ++j) {
      if (layer.bottom[j] == layer.top[j]) last[layer.top[j]] = i;
    }
  }
  return last;
}

// A multiplier given for a shared parameter in several places must be the same in all of them.
void merge_multiplier(const char* what, const std::string& name, bool given, float value,
                      bool& owner_given, float& owner_value) {
  if (!given) return;
  if (owner_given && owner_value != value) {
    fail(Status::kInvalidArgument, "shared parameter ", quoted(name), " has ", what, " ", value,
         " here and ", owner_value, " at its owner");
  }
  owner_given = true;
  owner_value = value;
}

// What is only known while the graph is made.
class Wiring {
 public:
  Wiring(const NetParameter& param, const NetOptions& options, Kernels& kernels, Graph& graph)
      : options_(options), kernels_(kernels), graph_(graph), last_in_place_(last_in_place(param)) {}

  void add_layer(const LayerParameter& param);
  // The blobs that no layer has read, by name.
  const std::map<std::string, size_t>& unread() const { return unread_; }

 private:
  struct Owner {
    size_t layer, param, learnable;
  };

  void connect_bottoms(Graph::Node& node);
  void connect_tops(Graph::Node& node);
  void set_loss_weights(Graph::Node& node);
  void add_params(size_t layer);
  void add_learnable(size_t layer, size_t param, const ParamSpec& spec);
  void share_param(size_t layer, size_t param, const ParamSpec& spec, const Owner& owner);

  const NetOptions& options_;
  Kernels& kernels_;
  Graph& graph_;
  std::map<std::string, size_t> unread_;   // blobs no layer has read yet, the outputs at last
  std::map<std::string, size_t> by_name_;  // every blob that has a name
  std::vector<bool> blob_need_backward_;
  std::map<std::string, Owner> owners_;  // of named parameters
  const std::map<std::string, size_t> last_in_place_;
  int64_t bytes_ = 0;
};

void Wiring::add_layer(const LayerParameter& param) {
  with_context(
      [&] { return layer_label(graph_.source, param); },
      [&] {
        NET_LOG("Creating Layer ", param.name);
        if (!param.propagate_down.empty() && param.propagate_down.size() != param.bottom.size()) {
          fail(Status::kInvalidArgument, "propagate_down is given ", param.propagate_down.size(),
               " times, but must be given once a bottom (", param.bottom.size(), ") or not at all");
        }
        Graph::Node& node = graph_.nodes.emplace_back();
        node.layer = make_layer(param, {param.phase, &kernels_, options_.seed,
                                        static_cast<uint64_t>(graph_.nodes.size()), &options_});
        connect_bottoms(node);
        connect_tops(node);
        const std::vector<Shape> bottom_shapes = shapes_of(node.bottoms);
        node.layer->set_up(node.bottoms, node.tops);
        check_bottoms(node, bottom_shapes);
        set_loss_weights(node);
        NET_LOG("Setting up ", param.name);
        for (size_t i = 0; i < node.tops.size(); ++i) {
          NET_LOG("Top shape: ", node.tops[i]->shape());
          if (node.loss_weights[i] != 0) {
            NET_LOG("    with loss weight ", node.loss_weights[i]);
          }
          bytes_ = checked_add(bytes_, checked_mul(node.tops[i]->count(), 4));
        }
        NET_LOG("Memory required for data: ", bytes_);
        add_params(graph_.nodes.size() - 1);
        if (node.need_backward) {
          for (size_t id : node.top_ids) blob_need_backward_[id] = true;
        }
      });
}

void Wiring::connect_bottoms(Graph::Node& node) {
  const LayerParameter& param = node.layer->param();
  for (size_t i = 0; i < param.bottom.size(); ++i) {
    const std::string& name = param.bottom[i];
    const auto found = unread_.find(name);
    if (found == unread_.end()) {
      const bool read_before = by_name_.count(name) > 0;
      fail(Status::kInvalidArgument, "bottom ", quoted(name),
           read_before ? " has been read already" : " does not exist");
    }
    const size_t id = found->second;
    NET_LOG(param.name, " <- ", name);
    node.bottom_ids.push_back(id);
    node.bottoms.push_back(graph_.blobs[id].get());
    unread_.erase(found);
    const bool needed =
        param.propagate_down.empty() ? blob_need_backward_[id] : param.propagate_down[i];
    node.bottom_need_backward.push_back(needed);
    node.need_backward = node.need_backward || needed;
  }
}

void Wiring::connect_tops(Graph::Node& node) {
  const LayerParameter& param = node.layer->param();
  const auto new_blob = [&](const std::string& name) {
    graph_.blobs.push_back(std::make_shared<Blob>());
    graph_.blob_names.push_back(name);
    graph_.blob_loss_weights.push_back(0);
    blob_need_backward_.push_back(false);
    return graph_.blobs.size() - 1;
  };
  for (size_t i = 0; i < param.top.size(); ++i) {
    const std::string& name = param.top[i];
    const bool in_place = i < param.bottom.size() && name == param.bottom[i];
    size_t id;
    if (in_place) {
      id = node.bottom_ids[i];
      NET_LOG(param.name, " -> ", name, " (in-place)");
    } else {
      if (by_name_.count(name) > 0) {
        fail(Status::kInvalidArgument, "top ", quoted(name),
             " is made by another layer already; only a layer that works in place (the same name "
             "as its bottom) may make it again");
      }
      id = new_blob(name);
      by_name_[name] = id;
      NET_LOG(param.name, " -> ", name);
      if (dynamic_cast<InputRole*>(node.layer.get()) != nullptr) graph_.input_ids.push_back(id);
    }
    unread_[name] = id;
    node.top_ids.push_back(id);
    const auto last = last_in_place_.find(name);
    const bool changes = last != last_in_place_.end() && last->second >= graph_.nodes.size();
    if (changes) node.layer->set_top_changes(i);
  }
  if (node.layer->auto_top_blobs()) {
    const size_t needed = static_cast<size_t>(node.layer->arity().min_tops);
    while (node.top_ids.size() < needed) node.top_ids.push_back(new_blob("(automatic)"));
  }
  for (size_t id : node.top_ids) node.tops.push_back(graph_.blobs[id].get());
}

void Wiring::set_loss_weights(Graph::Node& node) {
  const std::vector<float>& given = node.layer->param().loss_weight;
  if (!given.empty() && given.size() != node.tops.size()) {
    fail(Status::kInvalidArgument, "loss_weight is given ", given.size(),
         " times, but must be given once a top (", node.tops.size(), ") or not at all");
  }
  for (size_t i = 0; i < node.tops.size(); ++i) {
    const float weight =
        given.empty() ? node.layer->default_loss_weight(static_cast<int>(i)) : given[i];
    node.loss_weights.push_back(weight);
    if (weight != 0) graph_.blob_loss_weights[node.top_ids[i]] = weight;
  }
  fill_loss_diffs(node, kernels_);
}

void Wiring::add_params(size_t layer) {
  Graph::Node& node = graph_.nodes[layer];
  const LayerParameter& param = node.layer->param();
  const size_t count = node.layer->blobs().size();
  if (param.param.size() > count) {
    fail(Status::kInvalidArgument, "has ", param.param.size(), " param { } entries, but only ",
         count, " parameter blob(s)");
  }
  for (size_t i = 0; i < count; ++i) {
    const ParamSpec& spec = i < param.param.size() ? param.param[i] : ParamSpec::defaults();
    const bool learns = node.layer->learns(i) && spec.lr_mult != 0;
    node.layer->set_param_propagate_down(i, learns);
    node.need_backward = node.need_backward || learns;
    const auto owner = spec.name.empty() ? owners_.end() : owners_.find(spec.name);
    if (owner == owners_.end()) {
      node.learnables.push_back(graph_.learnables.size());
      add_learnable(layer, i, spec);
    } else {
      node.learnables.push_back(owner->second.learnable);
      share_param(layer, i, spec, owner->second);
    }
  }
}

void Wiring::add_learnable(size_t layer, size_t param, const ParamSpec& spec) {
  const Layer& owner = *graph_.nodes[layer].layer;
  Graph::Learnable learnable;
  learnable.blob = owner.blobs()[param];
  const bool learns = owner.learns(param);
  learnable.lr_mult = learns ? spec.lr_mult : 0;
  learnable.decay_mult = learns ? spec.decay_mult : 0;
  learnable.lr_given = spec.has_lr_mult();
  learnable.decay_given = spec.has_decay_mult();
  learnable.name = str(owner.name(), ": ", spec.name.empty() ? std::to_string(param) : spec.name);
  if (!spec.name.empty()) owners_[spec.name] = {layer, param, graph_.learnables.size()};
  graph_.learnables.push_back(std::move(learnable));
}

void Wiring::share_param(size_t layer, size_t param, const ParamSpec& spec, const Owner& owner) {
  Blob& mine = *graph_.nodes[layer].layer->blobs()[param];
  const Layer& owner_layer = *graph_.nodes[owner.layer].layer;
  const Blob& theirs = *owner_layer.blobs()[owner.param];
  const bool permissive = spec.share_mode == ParamSpec::PERMISSIVE;
  const bool fits = permissive ? mine.count() == theirs.count() : mine.shape() == theirs.shape();
  if (!fits) {
    fail(Status::kShape, "cannot share parameter ", quoted(spec.name), " with layer ",
         quoted(owner_layer.name()), ", its owner: the ", permissive ? "counts" : "shapes",
         " differ; it is ", theirs.shape(), " there and ", mine.shape(), " here");
  }
  if (graph_.nodes[layer].layer->learns(param)) {
    Graph::Learnable& learnable = graph_.learnables[owner.learnable];
    merge_multiplier("lr_mult", spec.name, spec.has_lr_mult(), spec.lr_mult, learnable.lr_given,
                     learnable.lr_mult);
    merge_multiplier("decay_mult", spec.name, spec.has_decay_mult(), spec.decay_mult,
                     learnable.decay_given, learnable.decay_mult);
  }
  mine.share_data(theirs);
  mine.share_diff(theirs);
  NET_LOG("Sharing parameters '", spec.name, "' owned by layer '", owner_layer.name(),
          "', param index ", owner.param);
}

}  // namespace

Graph wire(NetParameter& param, const NetOptions& options, Kernels& kernels,
           const std::string& source) {
  Graph graph;
  graph.source = source;
  graph.nodes.reserve(param.layer.size());
  Wiring wiring(param, options, kernels, graph);
  for (LayerParameter& layer : param.layer) {
    if (!layer.has_phase()) layer.set_phase(param.state->phase);
    wiring.add_layer(layer);
  }
  for (const auto& each : wiring.unread()) graph.output_ids.push_back(each.second);
  return graph;
}

}  // namespace caffe
