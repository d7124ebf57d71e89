// A net: layers wired by named blobs, run forward and backward in order.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/callbacks.hpp"
#include "layers/base/layer.hpp"
#include "schema/messages.hpp"

namespace caffe {

class Plan;

// Everything about making a net that is not in its prototxt.
struct NetSetup {
  NetState state;               // phase, level, stages
  Kernels* kernels = nullptr;   // nullptr: cpu_kernels()
  uint64_t seed = 0;            // the net's own; see next_net_seed()
  bool force_backward = false;  // besides what the prototxt says
  std::string dialect = {};     // layers/base/registry.hpp
  Tuning tuning = {};
  // Runs fused steps in planned memory (plan.hpp): only the inputs, the outputs and the blobs named
  // in `keep` can be looked at. For phase TEST.
  bool optimize = false;
  std::vector<std::string> keep = {};
  int threads = 0;       // to compute with; 0: the process's number of them
  bool lenient = false;  // fields that are not supported are warnings, where that is possible
  std::string source;    // the file's name, for messages
};

class Net {
 public:
  // `param` is upgraded (schema/files.hpp) and not yet filtered by state.
  Net(const NetParameter& param, const NetSetup& setup);
  ~Net();

  const std::string& name() const { return param_.name; }
  Phase phase() const { return setup_.state.phase; }
  Kernels& kernels() const { return *setup_.kernels; }
  // The definition as it runs: filtered, with splits and the state.
  const NetParameter& param() const { return param_; }

  // Layers, in the order they run.
  size_t layer_count() const { return nodes_.size(); }
  Layer& layer(size_t i) const { return *nodes_[i].layer; }
  const std::vector<size_t>& bottom_ids(size_t layer) const { return nodes_[layer].bottom_ids; }
  const std::vector<size_t>& top_ids(size_t layer) const { return nodes_[layer].top_ids; }
  bool needs_backward(size_t layer) const { return nodes_[layer].need_backward; }
  // The index of the first layer (blob) of that name; fails with the nearest name.
  size_t layer_index(const std::string& name) const;
  size_t blob_index(const std::string& name) const;

  // Blobs, in the order in which layers make them.
  const std::vector<std::shared_ptr<Blob>>& blobs() const { return blobs_; }
  const std::vector<std::string>& blob_names() const { return blob_names_; }
  float blob_loss_weight(size_t blob) const { return blob_loss_weights_[blob]; }
  const std::vector<size_t>& input_ids() const { return input_ids_; }
  const std::vector<size_t>& output_ids() const { return output_ids_; }

  // What a solver learns: each parameter once, shared ones through their owner.
  struct Learnable {
    std::shared_ptr<Blob> blob;
    float lr_mult = 1, decay_mult = 1;
    bool lr_given = false, decay_given = false;
    std::string name;  // `layer: name or index`, for logs
    // The lowest layer whose backward adds to the gradient, which is complete when that layer has
    // gone back. None where no layer does.
    std::optional<size_t> ready_after;
  };
  const std::vector<Learnable>& learnable() const { return learnable_; }

  // Runs layers first..last, by default all; returns the weighted loss.
  float forward();
  float forward(size_t first, size_t last);
  // Gradients, from layer `first` down to `last`. Layers that have not gone forward do so aside
  // (forward_aside.hpp).
  void backward();
  void backward(size_t first, size_t last);
  void reshape();
  void clear_param_diffs();

  // One layer alone, for timing.
  float forward_layer(size_t i);
  void backward_layer(size_t i);

  // What forward() runs: in phase TEST layers that can be fused are one step. Null in phase TRAIN.
  // begin_steps() and then each step in order are a forward, for timing.
  const Plan* plan() const { return plan_.get(); }
  void begin_steps();
  float forward_step(size_t i);

  // What forward() and backward() call around each layer, in the order added; it may look at blobs
  // and change them. What it throws ends the pass.
  enum Event { kBeforeForward, kAfterForward, kBeforeBackward, kAfterBackward };
  // A net that is optimized has no layers to call it around: it fails. Returns what
  // remove_callback() takes.
  int64_t add_callback(std::function<void(Event event, size_t layer)> callback);
  void remove_callback(int64_t id) { callbacks_.remove(id); }

  // What backward() calls with each layer that it is done with, the callbacks included: for whoever
  // sends gradients on while the layers below still compute. It leaves pinned values alone. {}
  // takes it away; what it throws ends the pass.
  void set_backward_observer(std::function<void(size_t layer)> observer) {
    backward_observer_ = std::move(observer);
  }

  // Before and after a pass or a change of the parameters: takes over what holders of pinned
  // pointers have written, and shows them what has changed. forward() and backward() do it.
  void take_pinned();
  void show_pinned() const;

  // Which forward pass comes next, from 0; randomness is keyed by it. seek() also moves the data
  // layers to where `pass` passes would have led. Of nets that share out the passes of one training
  // each runs every stride-th only.
  int64_t pass() const { return pass_; }
  void seek(int64_t pass, int64_t stride = 1);

  // A second net that shares this one's weights.
  std::unique_ptr<Net> clone() const;
  // Uses the other's weights, by layer name; parameters shared by name within this net stay one.
  // Returns the layers with parameters that the other does not have: they keep theirs.
  std::vector<size_t> share_weights(const Net& other);

  // Weights by layer name. All or nothing: a misfit fails before any copy, and so does a file in
  // which there is nothing for this net. Layers that it leaves as they were are warned of. Several
  // files one after the other are one load.
  void load_weights(const std::string& path);
  void load_weight_files(const std::vector<std::string>& paths);
  // The same of files that were written for another net: it is fine when they have nothing for this
  // one, or for some of its layers.
  void load_others_weight_files(const std::vector<std::string>& paths);
  void load_weights(const NetParameter& weights, const std::string& source);
  // Whether the last load gave the layer all its parameters, or it has none.
  bool loaded(size_t layer) const;
  // `"conv1", "ip2"`, for messages; not more than a few.
  std::string layer_names(const std::vector<size_t>& layers) const;
  void save_weights(const std::string& path, bool diffs) const;
  NetParameter to_proto(bool diffs) const;

  // Logs mean magnitudes after each layer.
  void set_debug_info(bool on) { debug_info_ = on; }

 private:
  // A layer in its place.
  struct Node {
    std::unique_ptr<Layer> layer;
    std::vector<size_t> bottom_ids, top_ids;
    BlobPointers bottoms, tops;
    std::vector<bool> bottom_need_backward;
    bool need_backward = false;
    bool shaped = false;               // the layer's reshape went well
    bool forwarded = false;            // and its forward for these shapes, too
    std::vector<float> loss_weights;   // by top
    std::vector<Shape> bottom_shapes;  // at the last reshape
    std::vector<Shape> top_shapes;     // at the last reshape or forward
    std::vector<size_t> learnables;    // of each parameter, its own or its owner's
  };
  struct Owner {
    size_t layer, param, learnable;
  };
  struct Wiring;

  void make_plan();
  bool runs_plan() const;
  float forward_plan();
  void forward_unfused();
  void add_layer(const LayerParameter& param, Wiring& wiring);
  void connect_bottoms(Node& node, Wiring& wiring);
  void connect_tops(Node& node, Wiring& wiring);
  void set_loss_weights(Node& node);
  void add_params(size_t layer, Wiring& wiring);
  void add_learnable(size_t layer, size_t param, const ParamSpec& spec, Wiring& wiring);
  void share_param(size_t layer, size_t param, const ParamSpec& spec, const Owner& owner);
  void decide_backward();
  void force_backward();
  void find_ready_after();
  void fill_loss_diffs(Node& node);
  static std::vector<Shape> shapes_of(const BlobPointers& blobs);
  static bool has_its_shapes(const Node& node);
  static void check_bottoms(const Node& node, const std::vector<Shape>& shapes);
  void require_shapes(const Node& node) const;
  void reshape_node(Node& node, bool always);
  enum class Nothing { kFails, kFine };  // in a file for this net
  void load_files(const std::vector<std::string>& paths, Nothing nothing);
  void load_file(const std::string& path, Nothing nothing);
  void load_proto(const NetParameter& weights, const std::string& source, Nothing nothing);
  void load_hdf5(const std::string& path, Nothing nothing);
  void begin_load() { loaded_.assign(learnable_.size(), false); }
  void end_load(const std::string& source) const;
  void fail_for_nothing(const std::string& source, const std::vector<std::string>& held) const;
  void save_hdf5(const std::string& path, bool diffs) const;
  void call(Event event, size_t layer);
  void log_forward(const Node& node) const;
  void log_backward(const Node& node) const;
  void log_all_params() const;
  std::string label(const Node& node) const;  // for messages, with the file and line

  NetParameter param_;
  NetSetup setup_;
  bool debug_info_ = false;
  int64_t pass_ = 0, stride_ = 1;
  Callbacks<Event, size_t> callbacks_;
  std::function<void(size_t layer)> backward_observer_;

  std::vector<Node> nodes_;
  std::vector<std::shared_ptr<Blob>> blobs_;
  std::vector<std::string> blob_names_;
  std::vector<float> blob_loss_weights_;
  std::vector<size_t> input_ids_, output_ids_;
  std::vector<Learnable> learnable_;
  std::vector<bool> loaded_;  // by the last load, of each learnable_
  std::unique_ptr<Plan> plan_;
  bool forwarded_fused_ = false;  // the last forward ran fused steps
  bool goes_back_ = false;        // backward has been asked for: layers run one by one
  bool said_no_gradient_ = false;
};

}  // namespace caffe
