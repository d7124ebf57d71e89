// Snapshots: when one is taken, the two files that one is (the weights and the solver's state), and
// how the weights are found again from the state.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "net/net.hpp"
#include "schema/messages.hpp"

namespace caffe {

class Snapshots {
 public:
  // `param` outlives this. With `survive_failures` one that cannot be written is an error in the
  // log and training goes on.
  Snapshots(const SolverParameter& param, bool survive_failures)
      : param_(param), survive_failures_(survive_failures) {}

  // Has one taken after this iteration. From any thread, and from a signal handler.
  void request() { requested_.store(true); }
  bool requested() const { return requested_.load(); }

  // Calls `take` when one is due after `iter` iterations, by the prototxt or by a request.
  void take_when_due(int64_t iter, const std::function<void()>& take);
  // Whether the prototxt asked for the one of `iter` and it has been written.
  bool has_taken(int64_t iter) const { return scheduled(iter) && !failed_; }

  // Writes the net's weights and the state, whose learned_net it fills in; returns the state's
  // path. Both files or, on failure, none.
  std::string write(const Net& net, SolverState& state) const;

 private:
  bool scheduled(int64_t iter) const { return param_.snapshot > 0 && iter % param_.snapshot == 0; }

  const SolverParameter& param_;
  const bool survive_failures_;
  std::atomic<bool> requested_{false};
  bool failed_ = false;  // the last one that was due
};

// Loads the weights that belong to the state of the file `path`. A state that names none leaves the
// net as it is, with a warning.
void load_snapshot_weights(const SolverState& state, const std::string& path, Net& net);

}  // namespace caffe
