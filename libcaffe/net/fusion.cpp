// Blobs are overwritten in place, so the search goes by values: what one layer writes into a blob
// and others read until the next one writes it. A layer can join the step of the layer before it
// when it is the only reader of a value that nobody can see.
#include "net/fusion.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "net/net.hpp"

namespace caffe {

namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

struct Value {
  size_t writer = kNone;        // kNone: it is there before the net runs
  std::vector<size_t> readers;  // layers, once for each bottom
  std::vector<size_t> blobs;    // that show it; several behind a split
  std::vector<size_t> last_of;  // those in which nothing overwrites it
};

// The values of a net, and which of them each layer reads and writes.
struct Values {
  explicit Values(const Net& net) : read(net.layer_count()), written(net.layer_count()) {
    std::map<size_t, size_t> current;  // by blob
    for (size_t i = 0; i < net.layer_count(); ++i) {
      for (const size_t blob : net.bottom_ids(i)) {
        const auto [at, missing] = current.try_emplace(blob, all.size());
        if (missing) all.push_back({kNone, {}, {blob}, {}});
        read[i].push_back(at->second);
      }
      if (dynamic_cast<const AliasRole*>(&net.layer(i)) != nullptr) {
        const size_t value = read[i].at(0);
        for (const size_t blob : net.top_ids(i)) {
          current[blob] = value;
          all[value].blobs.push_back(blob);
          written[i].push_back(value);
        }
        continue;
      }
      for (const size_t value : read[i]) all[value].readers.push_back(i);
      for (const size_t blob : net.top_ids(i)) {
        current[blob] = all.size();
        written[i].push_back(all.size());
        all.push_back({i, {}, {blob}, {}});
      }
    }
    for (const auto& [blob, value] : current) all[value].last_of.push_back(blob);
  }

  std::vector<Value> all;
  std::vector<std::vector<size_t>> read, written;  // by layer; values, one a bottom and a top
};

// A chain of layers that are one step.
struct Chain {
  std::vector<size_t> layers;
  Followers followers;
  size_t value = kNone;  // what it writes at last
  size_t join = kNone;   // the layer that would copy the value, and where to
  int64_t first_channel = 0;
};

class Search {
 public:
  Search(const Net& net, bool everything)
      : net_(net), everything_(everything), values_(net), taken_(net.layer_count()) {}

  std::vector<Step> run() {
    for (size_t i = 0; i < net_.layer_count(); ++i) {
      if (!taken_[i]) chains_[i] = chain_from(i);
    }
    if (everything_) {
      for (size_t i = 0; i < net_.layer_count(); ++i) join(i);
    }
    std::vector<Step> steps;
    for (const auto& [layer, chain] : chains_) {
      if (taken_[layer]) continue;
      steps.push_back({chain.layers, fused(chain)});
    }
    return steps;
  }

 private:
  template <class Role>
  const Role* role(size_t layer) const {
    return dynamic_cast<const Role*>(&net_.layer(layer));
  }

  const ConvolutionLayer* convolution(size_t i) const {
    const auto* layer = role<ConvolutionLayer>(i);
    if (layer == nullptr || net_.bottom_ids(i).size() != 1) return nullptr;
    // Its channels must be the blob's axis 1.
    const bool usual = layer->spec().top == net_.blobs()[net_.top_ids(i)[0]]->shape();
    return usual && layer->type() == "Convolution" ? layer : nullptr;
  }

  bool visible(const Value& value) const {
    return std::any_of(value.last_of.begin(), value.last_of.end(), [&](size_t blob) {
      return !net_.blobs()[blob]->hidden() || net_.blob_loss_weight(blob) != 0;
    });
  }

  // The layer that alone reads the value, which nobody sees.
  std::optional<size_t> only_reader(size_t value) const {
    const Value& wanted = values_.all[value];
    if (visible(wanted) || wanted.readers.size() != 1) return std::nullopt;
    const size_t reader = wanted.readers[0];
    if (taken_[reader] || net_.top_ids(reader).size() != 1) return std::nullopt;
    return reader;
  }

  Chain chain_from(size_t first) {
    Chain chain;
    chain.layers = {first};
    if (net_.top_ids(first).size() != 1) return chain;
    chain.value = values_.written[first][0];
    const bool convolves = convolution(first) != nullptr;
    if (convolves) {
      // Without `everything` a backward may follow, which runs the layers once more: from what the
      // convolution reads, which must still be there.
      if (!everything_ && values_.all[values_.read[first][0]].last_of.empty()) return chain;
    } else if (!add_affine(chain, first)) {
      return chain;
    }
    while (const auto next = only_reader(chain.value)) {
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
    return net_.blobs()[net_.bottom_ids(layer)[0]]->shape();
  }

  bool add_affine(Chain& chain, size_t layer) const {
    const auto* affine = role<AffineRole>(layer);
    if (affine == nullptr || chain.followers.addend != nullptr) return false;
    if (chain.followers.activation != nullptr || !affine->is_affine(bottom_shape(layer))) {
      return false;
    }
    chain.followers.affine.push_back(&net_.layer(layer));
    return true;
  }

  bool add_activation(Chain& chain, size_t layer, bool convolves) const {
    const auto* activation = role<ActivationRole>(layer);
    if (activation == nullptr || chain.followers.activation != nullptr) return false;
    const auto [kind, slope] = activation->activation();
    if (kind == Activation::kNone || (kind == Activation::kElu && !convolves)) return false;
    // A convolution's own ReLU may lose NaN, which would show.
    if (convolves && !everything_ && kind == Activation::kRelu && slope == 0) return false;
    chain.followers.activation = &net_.layer(layer);
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
    if (value.writer != kNone && value.writer >= chain.layers[0]) return false;
    const Blob& addend = *net_.blobs()[net_.bottom_ids(layer)[other]];
    const Blob& top = *net_.blobs()[net_.top_ids(layer)[0]];
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
      if (part == nullptr || part->join != kNone || !only_reader(value)) return;
      parts.push_back(part);
    }
    int64_t channel = 0;
    for (Chain* part : parts) {
      part->join = layer;
      part->first_channel = channel;
      channel += net_.blobs()[values_.all[part->value].blobs[0]]->shape()[1];
    }
    taken_[layer] = true;
  }

  std::unique_ptr<FusedStep> fused(const Chain& chain) const {
    if (chain.layers.size() == 1 && chain.join == kNone) return nullptr;
    const size_t first = chain.layers[0];
    const Blob* bottom = net_.blobs()[net_.bottom_ids(first)[0]].get();
    const size_t last = chain.join != kNone ? chain.join : chain.layers.back();
    Blob* top = net_.blobs()[net_.top_ids(last)[0]].get();
    if (const ConvolutionLayer* layer = convolution(first)) {
      return fused_convolution(
          {layer, bottom, chain.followers, top, chain.join != kNone, chain.first_channel},
          net_.kernels());
    }
    return fused_channel_map({bottom, chain.followers, top}, net_.kernels());
  }

  const Net& net_;
  const bool everything_;
  const Values values_;
  std::vector<bool> taken_;         // layers that another one's step does
  std::map<size_t, Chain> chains_;  // by first layer
};

}  // namespace

std::vector<Step> fuse_layers(const Net& net, bool everything) {
  return Search(net, everything).run();
}

}  // namespace caffe
