// A net: layers wired by named blobs, run forward and backward in order.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "layers/layer.hpp"
#include "schema/messages.hpp"

namespace caffe {

// Everything about making a net that is not in its prototxt.
struct NetSetup {
  NetState state;                // phase, level, stages
  Kernels* kernels = nullptr;    // nullptr: cpu_kernels()
  uint64_t seed = 0;             // the net's own; see next_net_seed()
  bool force_backward = false;   // besides what the prototxt says
  std::string source;            // the file's name, for messages
};

class Net {
 public:
  // `param` is upgraded already (schema/files.hpp) and not yet filtered by state.
  Net(const NetParameter& param, const NetSetup& setup);

  const std::string& name() const { return param_.name; }
  Phase phase() const { return setup_.state.phase; }
  // The definition as it runs: filtered, with splits, with the state.
  const NetParameter& param() const { return param_; }

  // Layers, in the order they run.
  size_t layer_count() const { return layers_.size(); }
  Layer& layer(size_t i) const { return *layers_[i]; }
  const std::vector<std::string>& layer_names() const { return layer_names_; }
  // The index of the layer (blob) of that name; fails with the nearest name.
  size_t layer_index(const std::string& name) const;
  const std::vector<size_t>& bottom_ids(size_t layer) const { return bottom_ids_[layer]; }
  const std::vector<size_t>& top_ids(size_t layer) const { return top_ids_[layer]; }

  // Blobs, in the order in which layers make them.
  const std::vector<std::shared_ptr<Blob>>& blobs() const { return blobs_; }
  const std::vector<std::string>& blob_names() const { return blob_names_; }
  size_t blob_index(const std::string& name) const;
  float blob_loss_weight(size_t blob) const { return blob_loss_weights_[blob]; }
  const std::vector<size_t>& input_ids() const { return input_ids_; }
  const std::vector<size_t>& output_ids() const { return output_ids_; }

  // What a solver learns: each parameter once, shared ones through their owner.
  struct Learnable {
    std::shared_ptr<Blob> blob;
    float lr_mult = 1, decay_mult = 1;
    std::string display_name;  // for debug_info: the name, or the index within the layer
  };
  const std::vector<Learnable>& learnable() const { return learnable_; }

  // Runs layers first..last (all of them by default); returns the weighted loss.
  float forward() { return forward(0, layers_.size() - 1); }
  float forward(size_t first, size_t last);
  // Gradients, from layer `first` down to `last`.
  void backward();
  void backward(size_t first, size_t last);
  void reshape();
  void clear_param_diffs();

  // One layer, for timing; no pins, no loss.
  void forward_layer(size_t i);
  void backward_layer(size_t i);

  // The forward passes that have been run; randomness and data follow it. seek() also moves the
  // data layers there (after a resume).
  int64_t pass() const { return pass_; }
  void seek(int64_t pass);

  // A second net that shares this one's weights.
  std::unique_ptr<Net> clone() const;
  // Uses the other's weights by layer name.
  void share_weights(const Net& other);

  // Weights by layer name (net/weights.cpp). All or nothing: a misfit fails before any copy.
  void load_weights(const std::string& path);
  void load_weights(const NetParameter& weights, const std::string& source);
  void save_weights(const std::string& path, bool diffs) const;
  NetParameter to_proto(bool diffs) const;

  // Log means of magnitudes after each layer, as the original's debug_info.
  void set_debug_info(bool on) { debug_info_ = on; }

 private:
  void wire(const NetParameter& filtered);
  void append_bottoms(size_t layer);
  void append_tops(size_t layer);
  void append_params(size_t layer);
  void decide_backward();
  void begin_pass();
  void end_pass();
  void debug_forward(size_t layer) const;
  void debug_backward(size_t layer) const;
  std::string layer_label(const LayerParameter& param) const;

  struct SharedParam {
    size_t layer, index;
  };

  NetParameter param_;
  NetSetup setup_;
  bool debug_info_ = false;
  int64_t pass_ = 0;

  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::string> layer_names_;
  std::vector<std::vector<size_t>> bottom_ids_, top_ids_;
  std::vector<BlobPointers> bottoms_, tops_;
  std::vector<std::vector<bool>> bottom_need_backward_;
  std::vector<bool> layer_need_backward_;
  std::vector<std::vector<float>> loss_weights_;  // by layer and top
  std::vector<std::vector<Shape>> shapes_seen_;   // bottoms' shapes at the last reshape

  std::vector<std::shared_ptr<Blob>> blobs_;
  std::vector<std::string> blob_names_;
  std::vector<bool> blob_need_backward_;
  std::vector<float> blob_loss_weights_;
  std::map<std::string, size_t> available_;  // blobs by name while wiring
  std::vector<size_t> input_ids_, output_ids_;

  std::vector<Learnable> learnable_;
  std::map<std::string, SharedParam> shared_;  // named parameters' owners
};

}  // namespace caffe
