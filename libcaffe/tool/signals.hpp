// Ctrl-C and hang-ups while a solver trains.
#pragma once

#include <signal.h>

#include <string>

#include "solver/solver.hpp"

namespace caffe::tool {

enum class SignalEffect { kNone, kStop, kSnapshot };

// Fails on another word than stop, snapshot and none.
SignalEffect parse_effect(const std::string& flag, const std::string& word);

// While it lives, SIGINT and SIGHUP do to the solver what was said; then what they did before.
// There is one at a time.
class SignalWatch {
 public:
  SignalWatch(Solver& solver, SignalEffect on_interrupt, SignalEffect on_hangup);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  struct sigaction interrupt_before_, hangup_before_;
};

}  // namespace caffe::tool
