#include "solver/snapshot.hpp"

#include <filesystem>

#include "core/error.hpp"
#include "solver/log.hpp"
#include "solver/solver_state.hpp"

namespace caffe {

void Snapshots::take_when_due(int64_t iter, const std::function<void()>& take) {
  if (!requested_.exchange(false) && !scheduled(iter)) return;
  try {
    take();
    failed_ = false;
  } catch (const Error& error) {
    failed_ = true;
    if (error.status() != Status::kIo || !survive_failures_) throw;
    SOLVER_LOG(kError, "The snapshot of iteration ", iter,
               " failed, training goes on: ", error.what());
  }
}

std::string Snapshots::write(const Net& net, SolverState& state) const {
  const bool hdf5 = param_.snapshot_format == SolverParameter::HDF5;
  const char* format = hdf5 ? "HDF5" : "binary proto";
  const char* ending = hdf5 ? ".h5" : "";
  const std::string base = str(param_.snapshot_prefix, "_iter_", state.iter);
  const std::string weights_path = base + ".caffemodel" + ending;
  const std::string state_path = base + ".solverstate" + ending;
  SOLVER_LOG(kInfo, "Snapshotting to ", format, " file ", weights_path);
  UPDATE_LOG(kInfo, "Snapshotting solver state to ", format, " file ", state_path);
  state.set_learned_net(weights_path);
  // The state is complete on the disk before the weights take their place, and takes its own
  // last: there is no state whose weights are missing.
  const std::function<void()> commit = prepare_solver_state(state_path, state);
  net.save_weights(weights_path, param_.snapshot_diff);
  commit();
  return state_path;
}

namespace {

// Where the weights of a state file are: where it says, or beside it when both have been moved.
std::string find_learned_net(const std::string& learned_net, const std::string& state_path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::exists(learned_net, ignored)) return learned_net;
  const fs::path beside = fs::path(state_path).parent_path() / fs::path(learned_net).filename();
  if (fs::exists(beside, ignored)) return beside.string();
  fail(Status::kIo, state_path, ": its weights ", quoted(learned_net),
       " are neither there nor beside it");
}

}  // namespace

void load_snapshot_weights(const SolverState& state, const std::string& path, Net& net) {
  if (state.has_learned_net()) {
    net.load_weights(find_learned_net(state.learned_net, path));
  } else {
    UPDATE_LOG(kWarning, path, " names no weights: the net keeps those it has");
  }
}

}  // namespace caffe
