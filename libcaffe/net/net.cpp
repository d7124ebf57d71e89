// Making a net: layers are created in order and their blobs wired by name. Running it is in
// run.cpp, which layers need gradients in gradients.cpp, weights in and out in weights.cpp.
#include "net/net.hpp"

#include <algorithm>
#include <set>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "core/threads.hpp"
#include "layers/base/registry.hpp"
#include "net/crop_offsets.hpp"
#include "net/filter.hpp"
#include "net/label.hpp"
#include "net/plan.hpp"
#include "net/splits.hpp"
#include "schema/text.hpp"
#include "schema/unread_fields.hpp"

namespace caffe {

// What is only known while the net is made.
struct Net::Wiring {
  std::map<std::string, size_t> unread;   // blobs no layer has read yet, the net's outputs at last
  std::map<std::string, size_t> by_name;  // every blob that has a name
  std::vector<bool> blob_need_backward;
  std::map<std::string, Owner> owners;  // of named parameters
  std::map<std::string, size_t> last_in_place;
  int64_t bytes = 0;
};

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

// Fields that the schema knows and nobody here reads: refused, or warned of once for all layers.
void settle_fields(NetParameter& net, const NetSetup& setup) {
  IgnoredFields ignored;
  const auto net_label = [&] {
    return setup.source.empty() ? std::string("<text>") : setup.source;
  };
  with_context(net_label, [&] { settle_unread_fields(net, setup.lenient, ignored); });
  for (LayerParameter& layer : net.layer) {
    with_context([&] { return layer_label(setup.source, layer); },
                 [&] { settle_unread_fields(layer, setup.lenient, ignored); });
  }
  warn_of_ignored(ignored, net_label());
}

}  // namespace

Net::Net(const NetParameter& param, const NetSetup& setup) : setup_(setup) {
  const NumThreadsScope threads(setup_.threads);
  if (setup_.kernels == nullptr) setup_.kernels = &cpu_kernels();
  check_dialect(setup_.dialect);
  NetParameter stated = param;
  stated.state.mut() = setup_.state;
  stated.state.mut().set_phase(setup_.state.phase);
  NetParameter own = filter_net(stated, setup_.source);
  settle_fields(own, setup_);
  write_crop_offsets(own, setup_.dialect, setup_.source);
  param_ = insert_splits(own, setup_.source);
  CAFFE_LOG(kInfo, "Initializing net from parameters: \n", print_text(param_));
  debug_info_ = param_.debug_info;

  Wiring wiring;
  nodes_.reserve(param_.layer.size());
  wiring.last_in_place = last_in_place(param_);
  for (LayerParameter& layer : param_.layer) {
    if (!layer.has_phase()) layer.set_phase(phase());
    add_layer(layer, wiring);
  }
  decide_backward();
  if (param_.force_backward || setup_.force_backward) force_backward();
  find_ready_after();
  for (Node& node : nodes_) node.layer->set_runs_backward(node.need_backward);
  for (const auto& [name, id] : wiring.unread) {
    output_ids_.push_back(id);
    CAFFE_LOG(kInfo, "This network produces output ", name);
  }
  make_plan();
  CAFFE_LOG(kInfo, "Network initialization done.");
}

Net::~Net() = default;

void Net::make_plan() {
  if (!setup_.optimize && !setup_.keep.empty()) {
    fail(Status::kInvalidArgument, "the option keep goes with optimize");
  }
  if (phase() != TEST) {
    if (!setup_.optimize) return;
    fail(Status::kInvalidArgument, "only a net of phase TEST can be made with optimize");
  }
  if (setup_.optimize) {
    std::set<size_t> shown(output_ids_.begin(), output_ids_.end());
    for (const std::string& name : setup_.keep) shown.insert(blob_index(name));
    for (const Node& node : nodes_) {
      if (node.bottoms.empty()) shown.insert(node.top_ids.begin(), node.top_ids.end());
    }
    for (size_t i = 0; i < blobs_.size(); ++i) {
      if (shown.count(i) == 0) blobs_[i]->hide();
    }
  }
  plan_ = std::make_unique<Plan>(*this, setup_.optimize);
}

std::string Net::label(const Node& node) const {
  return layer_label(setup_.source, node.layer->param());
}

void Net::add_layer(const LayerParameter& param, Wiring& wiring) {
  with_context(
      [&] { return layer_label(setup_.source, param); },
      [&] {
        CAFFE_LOG(kInfo, "Creating Layer ", param.name);
        if (!param.propagate_down.empty() && param.propagate_down.size() != param.bottom.size()) {
          fail(Status::kInvalidArgument, "propagate_down is given ", param.propagate_down.size(),
               " times, but must be given once a bottom (", param.bottom.size(), ") or not at all");
        }
        Node& node = nodes_.emplace_back();
        node.layer = make_layer(
            param, {param.phase, setup_.kernels, setup_.seed, static_cast<uint64_t>(nodes_.size()),
                    setup_.dialect, setup_.tuning});
        connect_bottoms(node, wiring);
        connect_tops(node, wiring);
        node.bottom_shapes = shapes_of(node.bottoms);
        node.layer->set_up(node.bottoms, node.tops);
        check_bottoms(node, node.bottom_shapes);
        node.top_shapes = shapes_of(node.tops);
        node.shaped = true;
        set_loss_weights(node);
        CAFFE_LOG(kInfo, "Setting up ", param.name);
        for (size_t i = 0; i < node.tops.size(); ++i) {
          CAFFE_LOG(kInfo, "Top shape: ", node.tops[i]->shape());
          if (node.loss_weights[i] != 0) {
            CAFFE_LOG(kInfo, "    with loss weight ", node.loss_weights[i]);
          }
          wiring.bytes = checked_add(wiring.bytes, checked_mul(node.tops[i]->count(), 4));
        }
        CAFFE_LOG(kInfo, "Memory required for data: ", wiring.bytes);
        add_params(nodes_.size() - 1, wiring);
        if (node.need_backward) {
          for (size_t id : node.top_ids) wiring.blob_need_backward[id] = true;
        }
      });
}

void Net::connect_bottoms(Node& node, Wiring& wiring) {
  const LayerParameter& param = node.layer->param();
  for (size_t i = 0; i < param.bottom.size(); ++i) {
    const std::string& name = param.bottom[i];
    const auto found = wiring.unread.find(name);
    if (found == wiring.unread.end()) {
      const bool read_before = wiring.by_name.count(name) > 0;
      fail(Status::kInvalidArgument, "bottom ", quoted(name),
           read_before ? " has been read already" : " does not exist");
    }
    const size_t id = found->second;
    CAFFE_LOG(kInfo, param.name, " <- ", name);
    node.bottom_ids.push_back(id);
    node.bottoms.push_back(blobs_[id].get());
    wiring.unread.erase(found);
    const bool needed =
        param.propagate_down.empty() ? wiring.blob_need_backward[id] : param.propagate_down[i];
    node.bottom_need_backward.push_back(needed);
    node.need_backward = node.need_backward || needed;
  }
}

void Net::connect_tops(Node& node, Wiring& wiring) {
  const LayerParameter& param = node.layer->param();
  const auto new_blob = [&](const std::string& name) {
    blobs_.push_back(std::make_shared<Blob>());
    blob_names_.push_back(name);
    blob_loss_weights_.push_back(0);
    wiring.blob_need_backward.push_back(false);
    return blobs_.size() - 1;
  };
  for (size_t i = 0; i < param.top.size(); ++i) {
    const std::string& name = param.top[i];
    const bool in_place = i < param.bottom.size() && name == param.bottom[i];
    size_t id;
    if (in_place) {
      id = node.bottom_ids[i];
      CAFFE_LOG(kInfo, param.name, " -> ", name, " (in-place)");
    } else {
      if (wiring.by_name.count(name) > 0) {
        fail(Status::kInvalidArgument, "top ", quoted(name),
             " is made by another layer already; only a layer that works in place (the same name "
             "as its bottom) may make it again");
      }
      id = new_blob(name);
      wiring.by_name[name] = id;
      CAFFE_LOG(kInfo, param.name, " -> ", name);
      if (param.type == "Input") input_ids_.push_back(id);
    }
    wiring.unread[name] = id;
    node.top_ids.push_back(id);
    const auto last = wiring.last_in_place.find(name);
    const bool changes = last != wiring.last_in_place.end() && last->second >= nodes_.size();
    if (changes) node.layer->set_top_changes(i);
  }
  if (node.layer->auto_top_blobs()) {
    const size_t needed = static_cast<size_t>(node.layer->arity().min_tops);
    while (node.top_ids.size() < needed) node.top_ids.push_back(new_blob("(automatic)"));
  }
  for (size_t id : node.top_ids) node.tops.push_back(blobs_[id].get());
}

void Net::set_loss_weights(Node& node) {
  const std::vector<float>& given = node.layer->param().loss_weight;
  if (!given.empty() && given.size() != node.tops.size()) {
    fail(Status::kInvalidArgument, "loss_weight is given ", given.size(),
         " times, but must be given once a top (", node.tops.size(), ") or not at all");
  }
  for (size_t i = 0; i < node.tops.size(); ++i) {
    const float weight =
        given.empty() ? node.layer->default_loss_weight(static_cast<int>(i)) : given[i];
    node.loss_weights.push_back(weight);
    if (weight != 0) blob_loss_weights_[node.top_ids[i]] = weight;
  }
  fill_loss_diffs(node);
}

void Net::add_params(size_t layer, Wiring& wiring) {
  Node& node = nodes_[layer];
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
    const auto owner = spec.name.empty() ? wiring.owners.end() : wiring.owners.find(spec.name);
    if (owner == wiring.owners.end()) {
      node.learnables.push_back(learnable_.size());
      add_learnable(layer, i, spec, wiring);
    } else {
      node.learnables.push_back(owner->second.learnable);
      share_param(layer, i, spec, owner->second);
    }
  }
}

void Net::add_learnable(size_t layer, size_t param, const ParamSpec& spec, Wiring& wiring) {
  const Layer& owner = *nodes_[layer].layer;
  Learnable learnable;
  learnable.blob = owner.blobs()[param];
  const bool learns = owner.learns(param);
  learnable.lr_mult = learns ? spec.lr_mult : 0;
  learnable.decay_mult = learns ? spec.decay_mult : 0;
  learnable.lr_given = spec.has_lr_mult();
  learnable.decay_given = spec.has_decay_mult();
  learnable.name = str(owner.name(), ": ", spec.name.empty() ? std::to_string(param) : spec.name);
  if (!spec.name.empty()) wiring.owners[spec.name] = {layer, param, learnable_.size()};
  learnable_.push_back(std::move(learnable));
}

namespace {

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

}  // namespace

void Net::share_param(size_t layer, size_t param, const ParamSpec& spec, const Owner& owner) {
  Blob& mine = *nodes_[layer].layer->blobs()[param];
  const Layer& owner_layer = *nodes_[owner.layer].layer;
  const Blob& theirs = *owner_layer.blobs()[owner.param];
  const bool permissive = spec.share_mode == ParamSpec::PERMISSIVE;
  const bool fits = permissive ? mine.count() == theirs.count() : mine.shape() == theirs.shape();
  if (!fits) {
    fail(Status::kShape, "cannot share parameter ", quoted(spec.name), " with layer ",
         quoted(owner_layer.name()), ", its owner: the ", permissive ? "counts" : "shapes",
         " differ; it is ", theirs.shape(), " there and ", mine.shape(), " here");
  }
  Learnable& learnable = learnable_[owner.learnable];
  merge_multiplier("lr_mult", spec.name, spec.has_lr_mult(), spec.lr_mult, learnable.lr_given,
                   learnable.lr_mult);
  merge_multiplier("decay_mult", spec.name, spec.has_decay_mult(), spec.decay_mult,
                   learnable.decay_given, learnable.decay_mult);
  mine.share_data(theirs);
  mine.share_diff(theirs);
  CAFFE_LOG(kInfo, "Sharing parameters '", spec.name, "' owned by layer '", owner_layer.name(),
            "', param index ", owner.param);
}

size_t Net::layer_index(const std::string& name) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    names.push_back(nodes_[i].layer->name());
    if (names.back() == name) return i;
  }
  fail(Status::kNotFound, "the net has no layer ", quoted(name), did_you_mean(name, names));
}

size_t Net::blob_index(const std::string& name) const {
  const auto found = std::find(blob_names_.begin(), blob_names_.end(), name);
  if (found == blob_names_.end()) {
    fail(Status::kNotFound, "the net has no blob ", quoted(name), did_you_mean(name, blob_names_));
  }
  return static_cast<size_t>(found - blob_names_.begin());
}

}  // namespace caffe
