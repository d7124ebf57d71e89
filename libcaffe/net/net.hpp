// A net: runs a graph of layers forward and backward, and moves weights in and out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/callbacks.hpp"
#include "core/threads.hpp"
#include "net/graph.hpp"
#include "net/setup.hpp"
#include "schema/messages.hpp"

namespace caffe {

class Plan;

class Net {
 public:
  // `param` is upgraded (schema/files.hpp) and not yet filtered by state.
  Net(const NetParameter& param, const NetSetup& setup);
  ~Net();

  const std::string& name() const { return param_.name; }
  Phase phase() const { return setup_.state.phase; }
  Kernels& kernels() const { return *kernels_; }
  Device& device() const { return kernels_->device(); }
  const NetOptions& options() const { return setup_.options; }
  // The definition as it runs: filtered, with splits and the state.
  const NetParameter& param() const { return param_; }

  const Graph& graph() const { return graph_; }

  // Layers, in the order they run.
  size_t layer_count() const { return graph_.nodes.size(); }
  Layer& layer(size_t i) const { return *graph_.nodes[i].layer; }
  const std::vector<size_t>& bottom_ids(size_t i) const { return graph_.nodes[i].bottom_ids; }
  const std::vector<size_t>& top_ids(size_t i) const { return graph_.nodes[i].top_ids; }
  bool needs_backward(size_t i) const { return graph_.nodes[i].need_backward; }
  // The index of the first layer (blob) of that name; fails with the nearest name.
  size_t layer_index(const std::string& name) const { return graph_.layer_index(name); }
  size_t blob_index(const std::string& name) const { return graph_.blob_index(name); }

  // Blobs, in the order in which layers make them.
  const std::vector<std::shared_ptr<Blob>>& blobs() const { return graph_.blobs; }
  const std::vector<std::string>& blob_names() const { return graph_.blob_names; }
  float blob_loss_weight(size_t blob) const { return graph_.blob_loss_weights[blob]; }
  const std::vector<size_t>& input_ids() const { return graph_.input_ids; }
  const std::vector<size_t>& output_ids() const { return graph_.output_ids; }

  using Learnable = Graph::Learnable;
  const std::vector<Learnable>& learnable() const { return graph_.learnables; }

  // Runs layers first..last, by default all; returns the weighted loss. A pass that fails has not
  // been: the next one has the same data, in all data layers.
  float forward();
  float forward(size_t first, size_t last);
  // Gradients, from layer `first` down to `last`. Layers that have not gone forward do so aside
  // (forward_aside.hpp).
  void backward();
  void backward(size_t first, size_t last);
  void reshape();
  void clear_param_diffs();

  // Moves to another device: values follow when they are next used there.
  void set_device(Device& device);

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
  using Node = Graph::Node;
  // Of a layer, between passes.
  struct State {
    bool shaped = false;               // the layer's reshape went well
    bool forwarded = false;            // and its forward for these shapes, too
    std::vector<Shape> bottom_shapes;  // at the last reshape
    std::vector<Shape> top_shapes;     // at the last reshape or forward
    int64_t pass = -1;                 // of its last forward
  };

  void make_plan();
  void use_kernels(std::shared_ptr<Kernels> kernels);
  bool runs_plan() const;
  float forward_layers(size_t first, size_t last);
  float forward_layer(size_t i, int64_t pass);
  float loss_of(size_t i) const;
  bool defers_loss(size_t i) const;
  float deferred_losses(size_t first, size_t last) const;
  float forward_plan();
  void forward_unfused();
  bool has_its_shapes(size_t i) const;
  void require_shapes(size_t i) const;
  void reshape_node(size_t i, bool always);
  enum class Nothing { kFails, kFine };  // in a file for this net
  void load_files(const std::vector<std::string>& paths, Nothing nothing);
  void load_file(const std::string& path, Nothing nothing);
  void load_proto(const NetParameter& weights, const std::string& source, Nothing nothing);
  void load_hdf5(const std::string& path, Nothing nothing);
  void begin_load() { loaded_.assign(graph_.learnables.size(), false); }
  void end_load(const std::string& source) const;
  void fail_for_nothing(const std::string& source, const std::vector<std::string>& held) const;
  void save_hdf5(const std::string& path, bool diffs) const;
  void call(Event event, size_t layer);
  void log_forward(const Node& node) const;
  void log_backward(const Node& node) const;
  void log_all_params() const;
  std::string label(size_t i) const { return graph_.label(graph_.nodes[i]); }
  NumThreadsScope compute_threads() const;  // the net's own number of them

  NetParameter param_;
  NetSetup setup_;
  std::shared_ptr<Kernels> kernels_;  // the net's own on a device: with its queue
  bool debug_info_ = false;
  int64_t pass_ = 0, stride_ = 1;
  Callbacks<Event, size_t> callbacks_;
  std::function<void(size_t layer)> backward_observer_;

  Graph graph_;
  std::vector<State> states_;  // by layer
  std::vector<bool> loaded_;   // by the last load, of each learnable
  std::unique_ptr<Plan> plan_;
  bool forwarded_fused_ = false;  // the last forward ran fused steps
  bool goes_back_ = false;        // backward has been asked for: layers run one by one
  bool said_no_gradient_ = false;
};

}  // namespace caffe
