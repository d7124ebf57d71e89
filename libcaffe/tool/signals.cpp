#include "tool/signals.hpp"

#include <atomic>

#include "core/error.hpp"

namespace caffe::tool {

namespace {

// What handlers can see.
std::atomic<Solver*> watched{nullptr};
std::atomic<SignalEffect> interrupt_effect{SignalEffect::kNone};
std::atomic<SignalEffect> hangup_effect{SignalEffect::kNone};
std::atomic<bool> stopping{false};
std::atomic<int> interrupted_by{0};

void handle(int signal) {
  Solver* solver = watched;
  if (solver == nullptr) return;
  switch (signal == SIGHUP ? hangup_effect.load() : interrupt_effect.load()) {
    case SignalEffect::kSnapshot:
      solver->request_snapshot();
      return;
    case SignalEffect::kStop:
      // Who asks twice does not want to wait for the iteration and the snapshot.
      if (stopping.exchange(true)) {
        ::signal(signal, SIG_DFL);
        ::raise(signal);
      }
      solver->request_stop();
      return;
    case SignalEffect::kNone:
      return;
  }
}

void install(int signal, struct sigaction& before) {
  struct sigaction action = {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, &before);
}

}  // namespace

SignalEffect parse_effect(const std::string& flag, const std::string& word) {
  if (word == "stop") return SignalEffect::kStop;
  if (word == "snapshot") return SignalEffect::kSnapshot;
  if (word == "none") return SignalEffect::kNone;
  fail(Status::kInvalidArgument, "-", flag, " is stop, snapshot or none, not ", quoted(word));
}

SignalWatch::SignalWatch(Solver& solver, SignalEffect on_interrupt, SignalEffect on_hangup) {
  interrupt_effect = on_interrupt;
  hangup_effect = on_hangup;
  stopping = false;
  watched = &solver;
  install(SIGINT, interrupt_before_);
  install(SIGHUP, hangup_before_);
}

SignalWatch::~SignalWatch() {
  ::sigaction(SIGINT, &interrupt_before_, nullptr);
  ::sigaction(SIGHUP, &hangup_before_, nullptr);
  watched = nullptr;
}

InterruptWatch::InterruptWatch() {
  interrupted_by = 0;
  struct sigaction action = {};
  action.sa_handler = [](int signal) { interrupted_by = signal; };
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    // Each line of a log that nobody reads is such a signal.
    action.sa_flags = kSignals[i] == SIGPIPE ? SA_RESTART : SA_RESTART | SA_RESETHAND;
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptWatch::~InterruptWatch() {
  for (size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
}

void check_interrupted() {
  const int signal = interrupted_by;
  if (signal != 0) throw Interrupted{signal};
}

}  // namespace caffe::tool
