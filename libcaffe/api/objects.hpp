// What stands behind the handles.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "api/callbacks.hpp"
#include "api/handles.hpp"
#include "core/fork.hpp"
#include "net/net.hpp"

namespace caffe::api {

class BlobObject : public Object {
 public:
  static constexpr const char* kKind = "blob";
  const char* kind() const override { return kKind; }

  enum class Role {
    kOwned,      // the caller's own
    kOfNet,      // goes with its net
    kOfLayer,    // a bottom or top, goes with the callback that sees it, hidden or not
    kParameter,  // goes with its layer, which relies on its count
  };

  // `label` names it in messages: `blob "conv1"`.
  BlobObject(std::shared_ptr<Blob> blob_, std::string label_, Role role_)
      : blob(std::move(blob_)), label(std::move(label_)), role(role_) {}

  const std::shared_ptr<Blob> blob;
  const std::string label;
  const Role role;
};

class LayerObject : public Object {
 public:
  static constexpr const char* kKind = "layer";
  const char* kind() const override { return kKind; }

  // `keep` is what the layer lives in; `lent` holds the handles of the layer's parameters.
  LayerObject(std::shared_ptr<Layer> layer_, std::shared_ptr<Lent> lent_)
      : layer(std::move(layer_)), lent(std::move(lent_)) {}

  const std::shared_ptr<Layer> layer;
  const std::shared_ptr<Lent> lent;
  std::string implementation;  // the text last handed out
};

// Says whose thread runs something while it runs, so that a call that would run it again from
// inside a callback, or from another thread, fails instead of tearing it apart.
class Running {
 public:
  // No place for the thread's number: the call may be made at any time.
  Running(std::atomic<uint64_t>* runner, const char* what) : runner_(runner) {
    uint64_t running = 0;
    if (runner_ == nullptr || runner_->compare_exchange_strong(running, thread_number())) return;
    if (running == thread_number()) {
      fail(Status::kState, "this ", what, " is running already: it has called the callback that ",
           "makes this call");
    } else if (stayed_behind(running)) {
      fail(Status::kState, "this ", what, " was running in another thread when this process was ",
           "forked from its parent, and that thread is the parent's: make another ", what);
    }
    fail(Status::kState, "this ", what, " is running already: in another thread");
  }
  ~Running() {
    if (runner_ != nullptr) *runner_ = 0;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  std::atomic<uint64_t>* const runner_;
};

// What the handles of a solver's nets know of their solver. Threads are known by thread_number(), 0
// is none.
struct SolverRun {
  std::atomic<uint64_t> runner{0};
  // Who is in one of the solver's callbacks, which may do what others have to wait for.
  std::atomic<uint64_t> callback_thread{0};
  bool in_callback() const { return callback_thread == thread_number(); }
};

class NetObject : public Object {
 public:
  static constexpr const char* kKind = "net";
  const char* kind() const override { return kKind; }

  // The caller's own.
  explicit NetObject(std::shared_ptr<Net> net_) : net(std::move(net_)), is_callers(true) {}
  // One that goes with its solver, or, without one, with its model.
  NetObject(std::shared_ptr<Net> net_, std::shared_ptr<SolverRun> solver_)
      : net(std::move(net_)), is_callers(false), solver(std::move(solver_)) {}
  ~NetObject() override { lent->end(); }

  const std::shared_ptr<Net> net;
  const bool is_callers;
  const std::shared_ptr<SolverRun> solver = nullptr;
  const std::shared_ptr<Lent> lent = std::make_shared<Lent>();
  std::atomic<uint64_t> runner{0};  // the thread that runs it
  AddedCallbacks<caffe_net_callback> callbacks;
};

class PinObject : public Object {
 public:
  static constexpr const char* kKind = "pin";
  const char* kind() const override { return kKind; }

  PinObject(std::shared_ptr<Storage> storage, const Shape& shape)
      : storage_(std::move(storage)), values_(storage_->pin(shape)) {}
  ~PinObject() override { storage_->unpin(); }

  float* values() const { return values_.get(); }

 private:
  const std::shared_ptr<Storage> storage_;
  const std::shared_ptr<float> values_;
};

// The handle of a net's blob, by its index.
caffe_blob* lend_blob(const NetObject& object, size_t index);

// The handle of a parameter blob of a layer, lent on behalf of `lent`.
caffe_blob* lend_parameter(Lent& lent, const Layer& layer, const std::shared_ptr<Blob>& blob,
                           size_t index);

}  // namespace caffe::api
