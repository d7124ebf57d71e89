// The base of all layers: what a layer is told, and what it must say. How it registers itself is in
// registry.hpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/blob.hpp"
#include "core/error.hpp"
#include "core/rng.hpp"
#include "kernels/kernels.hpp"
#include "schema/messages.hpp"

namespace caffe {

using BlobPointers = std::vector<Blob*>;

// What a layer may know of the net it is in.
struct LayerContext {
  Phase phase = TEST;
  Kernels* kernels = nullptr;
  uint64_t seed = 0;    // the net's
  uint64_t stream = 0;  // the layer's own stream of random numbers: its index in the net
  const NetOptions* options = &NetOptions::defaults();  // the net's own; they live as long as it
};

// How many bottoms and tops a layer takes.
struct Arity {
  static constexpr int kAny = 1 << 30;
  int min_bottoms = 0, max_bottoms = kAny;
  int min_tops = 0, max_tops = kAny;
  bool equal = false;  // one top a bottom

  static Arity exact(int bottoms, int tops) { return {bottoms, bottoms, tops, tops, false}; }
};

class Layer {
 public:
  Layer(const LayerParameter& param, const LayerContext& context)
      : param_(param), context_(context) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // Checks the counts of bottoms and tops, then calls init() and reshape(): once, before anything
  // else. The net adds the layer's name and type to errors.
  void set_up(const BlobPointers& bottom, const BlobPointers& top);

  virtual Arity arity() const = 0;
  // Reads parameters and makes the parameter blobs. The tops' shapes come in reshape().
  virtual void init(const BlobPointers& /*bottom*/, const BlobPointers& /*top*/) {}
  // Shapes the tops to fit the bottoms; called before a forward whenever a bottom's shape changed.
  virtual void reshape(const BlobPointers& bottom, const BlobPointers& top) = 0;
  virtual void forward(const BlobPointers& bottom, const BlobPointers& top) = 0;
  // Writes the bottoms' diffs where propagate_down says so, adds to the parameters' diffs. The
  // default fails: the layer has no gradient.
  virtual void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                        const BlobPointers& bottom);

  // Whether bottom i may be given a diff when force_backward asks for it (labels may not).
  virtual bool allow_force_backward(int /*bottom*/) const { return true; }
  // Whether parameter i may be trained; statistics that are kept as parameters may not, whatever
  // learning rate the prototxt gives them.
  virtual bool learns(size_t /*param*/) const { return true; }
  // Why a file of weights may hold `stored` blobs for this layer, not blobs().size(), as the end of
  // a message; "" when nothing is known of such files.
  virtual std::string count_hint(size_t /*stored*/) const { return ""; }
  // Whether the net makes up for tops that are not named (losses do, so that they can be used
  // without one).
  virtual bool auto_top_blobs() const { return false; }
  // The loss weight of top i when the prototxt gives none: 1 for a loss's first top.
  virtual float default_loss_weight(int /*top*/) const { return 0; }
  // Whether reshape() is to be called before every forward, not only when a bottom's shape changed.
  virtual bool reshape_always() const { return false; }
  // Data layers: be where `pass` forward passes would have led. From there on every stride-th pass
  // is this net's; the others are those of nets that train with it.
  virtual void seek(int64_t /*pass*/, int64_t /*stride*/) {}
  // Data layers: a function that goes back to where they are now; {} for the others.
  virtual std::function<void()> remember_pass() { return {}; }
  // Data layers: for how long forwards have waited for their batches, in all.
  virtual double wait_seconds() const { return 0; }
  // Which implementation runs, for `caffe time`; "" when there is nothing to tell.
  virtual std::string implementation() const { return ""; }

  const LayerParameter& param() const { return param_; }
  const std::string& name() const { return param_.name; }
  const std::string& type() const { return param_.type; }
  Phase phase() const { return context_.phase; }

  // The parameter blobs; the net makes shared ones see their owner's storages.
  const std::vector<std::shared_ptr<Blob>>& blobs() const { return blobs_; }
  std::vector<std::shared_ptr<Blob>>& blobs() { return blobs_; }

  // Whether parameter i gets a gradient; the net decides.
  bool param_propagate_down(size_t i) const {
    return i < param_propagate_down_.size() && param_propagate_down_[i];
  }
  void set_param_propagate_down(size_t i, bool value) {
    if (param_propagate_down_.size() <= i) param_propagate_down_.resize(i + 1, false);
    param_propagate_down_[i] = value;
  }

  // Whether backward() will be called; the net decides. A layer in place keeps a copy of what it
  // overwrites only then.
  bool runs_backward() const { return runs_backward_; }
  void set_runs_backward(bool value) { runs_backward_ = value; }

  // Whether a later layer works in place on top i, so that backward() finds other values in it than
  // forward() left: what the gradient needs of them must be kept, and the top must not be another
  // blob's storage. The net says so before set_up().
  bool top_changes(size_t i) const { return i < top_changes_.size() && top_changes_[i]; }
  void set_top_changes(size_t i) {
    if (top_changes_.size() <= i) top_changes_.resize(i + 1, false);
    top_changes_[i] = true;
  }

  // What it computes with from now on: the net has moved to another device. The net calls reshape()
  // before anything else. Whether that has lost what a backward needs of the forward before it.
  bool set_kernels(Kernels& kernels) {
    context_.kernels = &kernels;
    return forget_operations();
  }

  // Which forward pass this is, from 0: the net says so before each; randomness is keyed by it.
  void set_pass(int64_t pass) { pass_ = pass; }

  // How many arithmetic operations a forward is, for `caffe time`; a multiply-add counts as two.
  // The default is one for each value of the tops, and none for a layer without bottoms.
  virtual int64_t flops(const BlobPointers& bottom, const BlobPointers& top) const;

 protected:
  Kernels& kernels() const { return *context_.kernels; }
  const LayerContext& context() const { return context_; }
  const NetOptions& options() const { return *context_.options; }
  int64_t pass() const { return pass_; }
  // `bottom "data"`, for messages.
  std::string bottom_name(size_t i) const;
  // Fails when a top is also a bottom, from bottom `first` on.
  void reject_in_place(const BlobPointers& bottom, const BlobPointers& top, size_t first = 0) const;
  // The shape of bottom i; fails unless it has 4 axes, N x C x H x W.
  const Shape& image_shape(const BlobPointers& bottom, size_t i = 0) const;
  // `axis` of bottom i, negative ones counted from the back; the error names `parameter`.
  int bottom_axis(const BlobPointers& bottom, size_t i, int axis, const char* parameter) const;
  // Appends a parameter blob, filled with random numbers of its own.
  void add_parameter(const Shape& shape, const FillerParameter& filler);
  // Random numbers for set-up (fillers; `block` tells parameters apart), and for this pass.
  Rng filler_rng(uint64_t block) const { return Rng(context_.seed, context_.stream * 2, block); }
  Rng pass_rng() const {
    return Rng(context_.seed, context_.stream * 2 + 1, static_cast<uint64_t>(pass_));
  }

 private:
  // Operations prepared by the old kernels are to be prepared anew in reshape(). Whether they have
  // kept something of a forward that is nowhere else.
  virtual bool forget_operations() { return false; }
  void check_arity(const BlobPointers& bottom, const BlobPointers& top) const;

  const LayerParameter param_;
  LayerContext context_;
  std::vector<std::shared_ptr<Blob>> blobs_;
  std::vector<bool> param_propagate_down_;
  std::vector<bool> top_changes_;
  bool runs_backward_ = true;
  int64_t pass_ = 0;
};

}  // namespace caffe
