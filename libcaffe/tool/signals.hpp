// Ctrl-C and other signals that end a program: while a solver trains, and while files are written
// that must not be left behind half done.
#pragma once

#include <signal.h>

#include <iterator>
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

// What check_interrupted() throws; no error, so that nothing takes it for one of a file.
struct Interrupted {
  int signal;
};

// While it lives, the first SIGINT, SIGHUP or SIGTERM makes check_interrupted() throw, and so does
// a log that nobody reads any more (SIGPIPE); a second Ctrl-C ends the program at once. Signals
// that were ignored stay so. There is one at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGHUP, SIGTERM, SIGPIPE};
  struct sigaction before_[std::size(kSignals)];
};

// Throws Interrupted when an InterruptWatch has seen a signal.
void check_interrupted();

}  // namespace caffe::tool
