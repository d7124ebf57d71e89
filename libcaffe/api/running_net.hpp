// A net that a call is about to run or change.
#pragma once

#include "api/objects.hpp"

namespace caffe::api {

// The net, marked as running until this goes; fails while something else runs it.
class RunningNet {
 public:
  explicit RunningNet(caffe_net* handle) : RunningNet(get<NetObject>(handle, "net")) {}
  explicit RunningNet(std::shared_ptr<NetObject> object)
      : object_(std::move(object)), running_(&object_->runner, "net") {
    const SolverRun* solver = object_->solver.get();
    if (solver == nullptr || solver->runner == 0 || solver->in_callback()) return;
    if (stayed_behind(solver->runner)) {
      fail(Status::kState, "this net's solver was running in another thread when this process ",
           "was forked from its parent, and that thread is the parent's: make another solver");
    }
    fail(Status::kState, "this net's solver is running: its nets may be used by the solver's ",
         "callbacks, and when it has returned");
  }
  Net* operator->() const { return object_->net.get(); }
  NetObject& object() const { return *object_; }
  Net& operator*() const { return *object_->net; }

 private:
  const std::shared_ptr<NetObject> object_;
  const Running running_;
};

}  // namespace caffe::api
