// `caffe train`: trains a net as a solver's prototxt says, from the start, from weights, or from
// where a snapshot ended.
#include <filesystem>

#include "schema/files.hpp"
#include "solver/settings.hpp"
#include "solver/solver.hpp"
#include "tool/command.hpp"
#include "tool/net_flags.hpp"
#include "tool/progress.hpp"
#include "tool/signals.hpp"
#include "tool/snapshots.hpp"

namespace caffe::tool {

namespace {

// The solver's prototxt, and what the flags say instead of it.
SolverParameter read_parameters(const Flags& flags, const std::string& file) {
  SolverParameter param = read_solver(file, flags.on("lenient"));
  if (flags.given("level")) param.train_state.mut().set_level(flags.number("level"));
  for (const std::string& stage : flags.list("stage")) {
    param.train_state.mut().stage.push_back(stage);
  }
  if (flags.given("weights")) param.weights = {flags.text("weights")};
  return param;
}

// What the flags say of nets, but what read_parameters() has written into the solver's prototxt.
SolverOptions solver_options(const Flags& flags) {
  SolverOptions options;
  NetOptions& net = options.net.mut();
  net = net_options(flags);
  net.clear_level();
  net.stage.clear();
  net.weights.clear();
  return options;
}

// The state to continue from; "" to begin at the beginning.
std::string chosen_snapshot(const Flags& flags, SolverParameter param, const std::string& solver) {
  const std::string file = flags.text("snapshot");
  std::error_code ignored;
  if (file != "auto" || std::filesystem::exists(file, ignored)) return file;
  settle_snapshot_prefix(param, solver);
  const std::string newest = newest_snapshot(param.snapshot_prefix);
  if (newest.empty()) TOOL_LOG("No snapshot of ", param.snapshot_prefix, " yet");
  return newest;
}

}  // namespace

int train(const Flags& flags) {
  const std::string file = needed(flags, "solver", "the prototxt of the solver to train with");
  if (!flags.text("snapshot").empty() && !flags.text("weights").empty()) {
    fail(Status::kInvalidArgument,
         "give -snapshot to continue a training or -weights to finetune, not both");
  }
  const SignalEffect on_interrupt = parse_effect("sigint_effect", flags.text("sigint_effect"));
  const SignalEffect on_hangup = parse_effect("sighup_effect", flags.text("sighup_effect"));
  SolverParameter param = read_parameters(flags, file);
  const std::string snapshot = chosen_snapshot(flags, param, file);
  if (!snapshot.empty()) param.weights.clear();  // it brings its own
  choose_device(flags);
  const SolverSetup setup{solver_options(flags), file, true};
  const std::unique_ptr<Solver> solver = make_solver(param, setup);

  if (!snapshot.empty()) {
    TOOL_LOG("Resuming from ", snapshot);
    solver->restore(snapshot);
  }
  const SignalWatch signals(*solver, on_interrupt, on_hangup);
  const Progress progress(*solver);
  TOOL_LOG("Starting Optimization");
  solver->solve("");
  TOOL_LOG("Optimization Done.");
  return 0;
}

}  // namespace caffe::tool
