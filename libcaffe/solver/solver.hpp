// A solver: trains a net by gradient steps, tests it meanwhile, and takes snapshots from which
// training continues to the same bits.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/callbacks.hpp"
#include "core/fork.hpp"
#include "net/net.hpp"
#include "schema/messages.hpp"
#include "solver/gradient_exchange.hpp"
#include "solver/loss_window.hpp"
#include "solver/not_finite.hpp"
#include "solver/report.hpp"
#include "solver/snapshot.hpp"
#include "solver/update.hpp"

namespace caffe {

struct NetChoice;

// Everything about making a solver that is not in its prototxt.
struct SolverSetup {
  // Those of its nets go to all of them, but force_backward, which is the training net's. Fails on
  // those that nets of a solver cannot have.
  SolverOptions options = {};
  std::string source = {};  // the solver file's name, for messages and snapshot_prefix
  bool survive_failed_snapshots = false;  // step() logs an error and goes on
};

class Solver {
 public:
  // When callbacks are called; the values are those of caffe.h.
  enum Event : int { kBeforeStep = 0, kGradientsReady = 1, kAfterStep = 2 };

  // `param` is upgraded already. Its test nets share the training net's weights.
  Solver(const SolverParameter& param, const SolverSetup& setup);
  ~Solver();
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  // The definition as it is used: with snapshot_prefix and weights as they were resolved.
  const SolverParameter& param() const { return param_; }
  const std::string& type() const { return param_.type; }
  const std::shared_ptr<Net>& net() const { return net_; }
  const std::vector<std::shared_ptr<Net>>& test_nets() const { return test_nets_; }

  // Trains for n iterations, testing, logging and taking snapshots as the prototxt says. After an
  // error (of a callback, of a snapshot) it may be called again and goes on. A gradient that is not
  // finite is one (kState), and has changed no parameter: the next call leaves that batch out.
  void step(int64_t n);
  // Trains up to max_iter, from a snapshot unless it is "", with a snapshot at the end.
  void solve(const std::string& snapshot);
  // Runs every test net and logs the means of its outputs.
  void test_all();
  // Those means, of the last test of a test net that came to its end: one for each value of each
  // output, under the output's name. None before a test.
  struct Score {
    const char* name;  // the test net's own
    float value;
  };
  // From any thread.
  std::vector<Score> scores(size_t test_net) const {
    const std::lock_guard<Mutex> lock(scores_mutex_);
    return scores_[test_net];
  }
  // Applies the gradients in the net's diffs, as one iteration does.
  void apply_update();

  // Writes the weights and the state (both or, on failure, none); returns the state's path. Fails
  // when training has left a parameter that is not finite.
  std::string snapshot();
  // Continues from a state file in either format. A file that cannot be used changes nothing.
  void restore(const std::string& path);

  int64_t iter() const { return iter_; }
  int64_t max_iter() const { return param_.max_iter; }
  // The loss, averaged over the last average_loss iterations.
  float smoothed_loss() const { return smoothed_loss_; }
  // The rate of the next iteration.
  float learning_rate() const { return updater_->learning_rate(iter_); }

  // Makes this one of the solvers that train together through `reducer` (solver/reducer.hpp), each
  // of which is stepped as often; nullptr makes it train alone again. They stop together, and an
  // error in one ends step() in all; display, tests and snapshots are rank 0's. A net's diffs hold
  // the sums over all solvers from kGradientsReady on. Statistics (BatchNorm's) stay each solver's
  // own: a snapshot has those of rank 0.
  void set_reducer(std::shared_ptr<Reducer> reducer);

  // From any thread, and from a signal handler: end step() or solve() after this iteration, or
  // take a snapshot after it.
  void request_stop() { stop_requested_.store(true); }
  void request_snapshot() { snapshots_.request(); }
  // Whether the last step() or solve() ended because of request_stop().
  bool stopped_early() const { return stopped_early_; }

  // Called on the training thread, in the order added. What it throws leaves step(). Returns what
  // remove_callback() takes; neither is for callbacks.
  int64_t add_callback(std::function<void(int event)> callback);
  void remove_callback(int64_t id) { callbacks_.remove(id); }

 private:
  std::shared_ptr<Net> make_net(const NetChoice& choice, uint64_t index);
  void make_train_net();
  void make_test_nets();
  std::vector<std::string> weight_files() const;
  void share_weights(Net& test_net, size_t number);
  uint64_t net_seed(uint64_t index) const;

  void begin_training();
  void iterate();
  float forward_backward();
  void remember_loss(float loss);
  // How many solvers train together, and which of them this one is.
  int world() const { return exchange_ != nullptr ? exchange_->world() : 1; }
  int rank() const { return exchange_ != nullptr ? exchange_->rank() : 0; }
  bool is_root() const { return rank() == 0; }
  bool displays(int64_t iter) const {
    return param_.display > 0 && iter % param_.display == 0 && is_root();
  }
  bool test_is_due() const;
  bool stop_is_due();
  bool test(size_t id);  // false when a request to stop has ended it
  void snapshot_when_due();
  void seek_nets();

  SolverParameter param_;
  SolverSetup setup_;
  std::shared_ptr<Net> net_;
  std::vector<std::shared_ptr<Net>> test_nets_;
  std::unique_ptr<Updater> updater_;
  std::unique_ptr<GradientExchange> exchange_;  // with the other solvers, if there are any
  Snapshots snapshots_;
  Display display_;
  FiniteCheck finite_check_;
  Callbacks<int> callbacks_;
  mutable Mutex scores_mutex_;
  std::vector<std::vector<Score>> scores_;  // by test net

  int64_t iter_ = 0;
  // The losses of the last average_loss iterations: those that are shown begin anew with every
  // step().
  LossWindow losses_;
  float smoothed_loss_ = 0;
  bool begun_ = false;
  std::atomic<bool> stop_requested_{false};
  bool all_stop_ = false;  // the solvers that train together, after this iteration
  bool stepping_ = false, stopped_early_ = false;
};

// Fails when the prototxt names an unknown type, policy, regularisation or net.
std::unique_ptr<Solver> make_solver(const SolverParameter& param, const SolverSetup& setup);

}  // namespace caffe
