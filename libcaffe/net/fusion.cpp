// The search goes by values, not blobs (net/values.hpp): a layer can join the step of the layer
// before it when it is the only reader of a value that nobody can see.
#include "net/fusion.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "net/values.hpp"

namespace caffe {

namespace {

// A chain of layers that are one step.
struct Chain {
  std::vector<size_t> layers;
  Followers followers;
  size_t value = Value::kNobody;  // what it writes at last
  size_t join = Value::kNobody;   // the layer that would copy the value, and where to
  int64_t first_channel = 0;
};

class Search {
 public:
  Search(const Graph& graph, Kernels& kernels, bool everything)
      : graph_(graph),
        kernels_(kernels),
        everything_(everything),
        values_(graph),
        taken_(graph.nodes.size()) {}

  std::vector<Step> run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (!taken_[i]) chains_[i] = chain_from(i);
    }
    if (everything_) {
      for (size_t i = 0; i < graph_.nodes.size(); ++i) join(i);
    }
    std::vector<Step> steps;
    std::map<size_t, size_t> last_part;  // by join; a step
    for (const auto& [layer, chain] : chains_) {
      if (taken_[layer]) continue;
      if (chain.join != Value::kNobody) last_part[chain.join] = steps.size();
      steps.push_back({chain.layers, fused(chain)});
    }
    for (const auto& [join, step] : last_part) steps[step].joined = join;
    return steps;
  }

 private:
  template <class Role>
  const Role* role(size_t layer) const {
    return dynamic_cast<const Role*>(graph_.nodes[layer].layer.get());
  }

  const ConvolutionRole* convolution(size_t i) const {
    const auto* layer = role<ConvolutionRole>(i);
    if (layer == nullptr || graph_.nodes[i].bottom_ids.size() != 1) return nullptr;
    // Its channels must be the blob's axis 1.
    const bool usual =
        layer->convolution().top == graph_.blobs[graph_.nodes[i].top_ids[0]]->shape();
    return usual ? layer : nullptr;
  }

  bool visible(const Value& value) const {
    return std::any_of(value.last_of.begin(), value.last_of.end(), [&](size_t blob) {
      return !graph_.blobs[blob]->hidden() || graph_.blob_loss_weights[blob] != 0;
    });
  }

  // The layer that alone reads the value, which nobody sees.
  std::optional<size_t> only_reader(size_t value) const {
    const Value& wanted = values_.all[value];
    if (visible(wanted) || wanted.readers.size() != 1) return std::nullopt;
    const size_t reader = wanted.readers[0];
    if (taken_[reader] || graph_.nodes[reader].top_ids.size() != 1) return std::nullopt;
    return reader;
  }

  Chain chain_from(size_t first) {
    Chain chain;
    chain.layers = {first};
    if (graph_.nodes[first].top_ids.size() != 1) return chain;
    chain.value = values_.written[first][0];
    const bool convolves = convolution(first) != nullptr;
    if (!convolves && !add_affine(chain, first)) return chain;
    // Without `everything` a backward may follow, which runs the layers once more: from what the
    // first one reads, which must still be there.
    const bool stays = !values_.all[values_.read[first][0]].last_of.empty();
    while (const auto next = only_reader(chain.value)) {
      if (!everything_ && !stays) break;
      if (!add_affine(chain, *next) && !add_activation(chain, *next, convolves) &&
          !(convolves && add_sum(chain, *next))) {
        break;
      }
      chain.layers.push_back(*next);
      chain.value = values_.written[*next][0];
      taken_[*next] = true;
    }
    if (chain.layers.size() == 1) chain.followers = {};
    return chain;
  }

  const Shape& bottom_shape(size_t layer) const {
    return graph_.blobs[graph_.nodes[layer].bottom_ids[0]]->shape();
  }

  bool add_affine(Chain& chain, size_t layer) const {
    const auto* affine = role<AffineRole>(layer);
    if (affine == nullptr || chain.followers.addend != nullptr) return false;
    if (chain.followers.activation != nullptr || !affine->is_affine(bottom_shape(layer))) {
      return false;
    }
    chain.followers.affine.push_back(graph_.nodes[layer].layer.get());
    return true;
  }

  bool add_activation(Chain& chain, size_t layer, bool convolves) const {
    const auto* activation = role<ActivationRole>(layer);
    if (activation == nullptr || chain.followers.activation != nullptr) return false;
    const auto [kind, slope] = activation->activation();
    if (kind == Activation::kNone || (kind == Activation::kElu && !convolves)) return false;
    // A convolution's own ReLU may lose NaN, which would show.
    if (convolves && !everything_ && kind == Activation::kRelu && slope == 0) return false;
    chain.followers.activation = graph_.nodes[layer].layer.get();
    return true;
  }

  // A sum with a value that is there when the chain runs, in the place of its first layer.
  bool add_sum(Chain& chain, size_t layer) const {
    const auto* sum = role<SumRole>(layer);
    if (!everything_ || sum == nullptr || !sum->is_plain_sum()) return false;
    if (chain.followers.addend != nullptr || chain.followers.activation != nullptr) return false;
    const std::vector<size_t>& read = values_.read[layer];
    if (read.size() != 2) return false;
    const size_t other = read[0] == chain.value ? 1 : 0;
    const Value& value = values_.all[read[other]];
    if (value.writer != Value::kNobody && value.writer >= chain.layers[0]) return false;
    const Blob& addend = *graph_.blobs[graph_.nodes[layer].bottom_ids[other]];
    const Blob& top = *graph_.blobs[graph_.nodes[layer].top_ids[0]];
    if (addend.data_storage() == top.data_storage()) return false;
    chain.followers.addend = &addend;
    return true;
  }

  // A join whose bottoms are all written by convolutions and read by nobody else: they write into
  // its top.
  void join(size_t layer) {
    const auto* joins = role<JoinRole>(layer);
    if (joins == nullptr || !joins->joins_channels()) return;
    std::vector<Chain*> parts;
    for (const size_t value : values_.read[layer]) {
      Chain* part = nullptr;
      for (auto& [first, chain] : chains_) {
        if (chain.value == value && convolution(first) != nullptr) part = &chain;
      }
      if (part == nullptr || part->join != Value::kNobody || !only_reader(value)) return;
      parts.push_back(part);
    }
    int64_t channel = 0;
    for (Chain* part : parts) {
      part->join = layer;
      part->first_channel = channel;
      channel += graph_.blobs[values_.all[part->value].blobs[0]]->shape()[1];
    }
    taken_[layer] = true;
  }

  std::unique_ptr<FusedStep> fused(const Chain& chain) const {
    if (chain.layers.size() == 1 && chain.join == Value::kNobody) return nullptr;
    const size_t first = chain.layers[0];
    const Blob* bottom = graph_.blobs[graph_.nodes[first].bottom_ids[0]].get();
    const size_t last = chain.join != Value::kNobody ? chain.join : chain.layers.back();
    Blob* top = graph_.blobs[graph_.nodes[last].top_ids[0]].get();
    if (const ConvolutionRole* role = convolution(first)) {
      const bool joint = chain.join != Value::kNobody;
      return fused_convolution({graph_.nodes[first].layer.get(), role, bottom, chain.followers, top,
                                joint, chain.first_channel},
                               kernels_);
    }
    return fused_channel_map({bottom, chain.followers, top}, kernels_);
  }

  const Graph& graph_;
  Kernels& kernels_;
  const bool everything_;
  const Values values_;
  std::vector<bool> taken_;         // layers that another one's step does
  std::map<size_t, Chain> chains_;  // by first layer
};

}  // namespace

std::vector<Step> fuse_layers(const Graph& graph, Kernels& kernels, bool everything) {
  return Search(graph, kernels, everything).run();
}

}  // namespace caffe
