#include "onnx/export.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/log.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "onnx/dynamic_batch.hpp"
#include "onnx/graph.hpp"
#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

// Its tops are further names of its bottom's value, until a layer in place gives one another.
bool is_split(const Layer& layer) {
  return dynamic_cast<const AliasRole*>(&layer) != nullptr;
}

LayerPurpose purpose_of(const Layer& layer) {
  const LayerTraits* traits = layer_registry().traits(layer.type());
  return traits == nullptr ? LayerPurpose::kComputes : traits->purpose;
}

// Which layers are exported, and which of their blobs are inputs and outputs.
class Selection {
 public:
  Selection(const Net& net, const std::vector<std::string>& wanted) : net_(net) {
    original_.resize(net.blobs().size());
    for (size_t id = 0; id < original_.size(); ++id) original_[id] = id;
    for (size_t i = 0; i < net.layer_count(); ++i) {
      if (!is_split(net.layer(i))) continue;
      for (size_t k = 0; k < net.top_ids(i).size(); ++k) {
        if (net.layer(i).top_changes(k)) continue;
        original_[net.top_ids(i)[k]] = original_[net.bottom_ids(i)[0]];
      }
    }
    for (size_t i = 0; i < net.layer_count(); ++i) {
      purposes_.push_back(purpose_of(net.layer(i)));
    }
    exported_.assign(net.layer_count(), true);
    wanted.empty() ? take_all() : take_what_leads_to(wanted);
  }

  bool exports(size_t layer) const { return exported_[layer]; }
  LayerPurpose purpose(size_t layer) const { return purposes_[layer]; }
  // Whether a top of a data layer is read by what is exported, or by nobody at all.
  bool is_input(size_t blob) const { return uses_[blob].read || !uses_[blob].scored; }
  struct Output {
    std::string name;
    size_t blob;
  };
  const std::vector<Output>& outputs() const { return outputs_; }

 private:
  // Of the value a blob has at last: in-place layers give it a new one.
  struct Use {
    bool made = false;    // by an exported layer that is no data layer
    bool read = false;    // by an exported layer
    bool scored = false;  // by a layer that is left out
    bool named = false;   // as a bottom of any layer
  };

  void take_all() {
    for (size_t i = 0; i < exported_.size(); ++i) {
      exported_[i] = purposes_[i] != LayerPurpose::kScores;
    }
    find_uses();
    for (size_t id = 0; id < uses_.size(); ++id) {
      const bool copy = original_[id] != id;
      if (copy ? !uses_[id].named : uses_[id].made && !uses_[id].read) {
        outputs_.push_back({net_.blob_names()[id], id});
      }
    }
    std::sort(outputs_.begin(), outputs_.end(),
              [](const Output& a, const Output& b) { return a.name < b.name; });
  }

  void take_what_leads_to(const std::vector<std::string>& wanted) {
    std::vector<bool> needed(original_.size(), false);
    for (const std::string& name : wanted) {
      const size_t id = net_.blob_index(name);
      needed[id] = true;
      outputs_.push_back({name, original_[id]});
    }
    for (size_t i = exported_.size(); i-- > 0;) {
      const std::vector<size_t>& tops = net_.top_ids(i);
      exported_[i] = std::any_of(tops.begin(), tops.end(), [&](size_t id) { return needed[id]; });
      if (!exported_[i]) continue;
      for (const size_t id : net_.bottom_ids(i)) needed[id] = true;
    }
    find_uses();
    // An output may be an input, of which else only layers know that are left out.
    for (const Output& each : outputs_) uses_[each.blob].read = true;
  }

  void find_uses() {
    uses_.resize(original_.size());
    for (size_t i = 0; i < exported_.size(); ++i) {
      for (const size_t id : net_.bottom_ids(i)) uses_[id].named = true;
      if (is_split(net_.layer(i))) {
        for (size_t k = 0; exported_[i] && k < net_.top_ids(i).size(); ++k) {
          if (net_.layer(i).top_changes(k)) uses_[original_[net_.bottom_ids(i)[0]]].read = true;
        }
        continue;
      }
      for (const size_t id : net_.bottom_ids(i)) {
        Use& use = uses_[original_[id]];
        (exported_[i] ? use.read : use.scored) = true;
      }
      if (!exported_[i]) continue;
      const bool data = purposes_[i] == LayerPurpose::kServes;
      for (const size_t id : net_.top_ids(i)) uses_[id] = {!data, false, false, false};
    }
    // A copy that nobody takes is an output itself.
    for (size_t id = 0; id < uses_.size(); ++id) {
      if (original_[id] != id && !uses_[id].named) uses_[original_[id]].read = true;
    }
  }

  const Net& net_;
  std::vector<size_t> original_;        // by blob, which it is a copy of
  std::vector<LayerPurpose> purposes_;  // by layer
  std::vector<bool> exported_;          // by layer
  std::vector<Use> uses_;               // by blob
  std::vector<Output> outputs_;
};

class Exporter {
 public:
  Exporter(const Net& net, const ExportOptions& options)
      : net_(net),
        selection_(net, options.output),
        graph_(net.name(), net.blob_names()),
        values_(net.blobs().size()) {}

  ModelProto run() {
    for (size_t i = 0; i < net_.layer_count(); ++i) {
      const Layer& layer = net_.layer(i);
      const std::string label = str("layer ", quoted(layer.name()), " (", layer.type(), ")");
      if (selection_.exports(i)) {
        with_context([&] { return label; }, [&] { add_layer(i); });
      } else {
        CAFFE_LOG(kInfo, "The ONNX file leaves out ", label);
      }
    }
    std::vector<Graph::Output> outputs;
    for (const Selection::Output& each : selection_.outputs()) {
      outputs.push_back({each.name, values_[each.blob], net_.blobs()[each.blob]->shape()});
      graph_.rename(values_[each.blob], each.name);
    }
    if (outputs.empty()) {
      fail(Status::kInvalidArgument, "the net computes nothing that could be exported");
    }
    for (size_t id = 0; id < values_.size(); ++id) {
      graph_.rename(values_[id], net_.blob_names()[id]);
    }
    return graph_.finish(outputs);
  }

 private:
  BlobPointers blobs(const std::vector<size_t>& ids) const {
    BlobPointers all;
    for (const size_t id : ids) all.push_back(net_.blobs()[id].get());
    return all;
  }

  void add_layer(size_t i) {
    Layer& layer = net_.layer(i);
    if (is_split(layer)) {
      for (const size_t id : net_.top_ids(i)) values_[id] = values_[net_.bottom_ids(i)[0]];
      return;
    }
    const LayerPurpose purpose = selection_.purpose(i);
    const Mapping* mapping = find_mapping(layer.type());
    if (purpose == LayerPurpose::kScores ||
        (mapping == nullptr && purpose == LayerPurpose::kComputes)) {
      fail(Status::kUnsupported, "layers of this type cannot be exported to ONNX; ",
           "the option `output` names blobs before it, up to which the net is exported");
    }
    if (layer.phase() != TEST) {
      fail(Status::kUnsupported, "it is of phase TRAIN, ONNX files are what nets do in phase TEST");
    }
    if (purpose == LayerPurpose::kServes) return add_inputs(i);
    Values bottom_values;
    for (const size_t id : net_.bottom_ids(i)) {
      if (values_[id].empty()) {
        fail(Status::kUnsupported, "it reads ", quoted(net_.blob_names()[id]),
             ", which comes from a layer that is left out");
      }
      if (graph_.has_open_axis(values_[id])) {
        fail(Status::kUnsupported, "it reads ", quoted(net_.blob_names()[id]),
             ", whose shape depends on values");
      }
      bottom_values.push_back(values_[id]);
    }
    const BlobPointers bottoms = blobs(net_.bottom_ids(i)), tops = blobs(net_.top_ids(i));
    LayerNodes nodes(graph_, layer, bottoms, tops, std::move(bottom_values));
    const Values values = mapping->map(nodes);
    for (size_t k = 0; k < net_.top_ids(i).size(); ++k) values_[net_.top_ids(i)[k]] = values.at(k);
  }

  void add_inputs(size_t layer) {
    for (const size_t id : net_.top_ids(layer)) {
      if (!selection_.is_input(id)) continue;
      const Shape& shape = net_.blobs()[id]->shape();
      if (shape.count() == 0) {
        fail(Status::kShape, "input ", quoted(net_.blob_names()[id]), " has shape ", shape,
             ", no values at all; give it the shape that the file is to be for");
      }
      values_[id] = graph_.add_input(net_.blob_names()[id], shape);
    }
  }

  const Net& net_;
  const Selection selection_;
  Graph graph_;
  Values values_;  // by blob, the last it has had so far
};

}  // namespace

ModelProto model_of(Net& net, const ExportOptions& options) {
  if (net.phase() != TEST) {
    fail(Status::kState, "the net is of phase TRAIN; ONNX files are what nets do in phase TEST");
  }
  net.reshape();
  ModelProto model = Exporter(net, options).run();
  if (options.dynamic_batch) {
    const std::unique_ptr<Net> other = net_of_another_batch(net);
    set_dynamic_batch(model, Exporter(*other, options).run());
  }
  return model;
}

void export_net(Net& net, const std::string& path, const ExportOptions& options) {
  const ModelProto model = model_of(net, options);
  with_context([&] { return path; }, [&] { write_model(model, path); });
}

}  // namespace caffe::onnx
