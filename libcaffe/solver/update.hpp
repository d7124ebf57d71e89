// The step that changes a net's parameters: the iteration's learning rate, clipping, the update
// rule, and what rule and policy remember from one iteration to the next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/net.hpp"
#include "schema/messages.hpp"
#include "solver/learning_rate.hpp"
#include "solver/loss_window.hpp"
#include "solver/update_rule.hpp"

namespace caffe {

class Updater {
 public:
  // `param` has passed check_settings() and `rule` is made of it; param and net outlive this.
  Updater(const SolverParameter& param, std::unique_ptr<UpdateRule> rule, Net& net);

  // The rate of iteration `iter`, which comes next.
  float learning_rate(int64_t iter) const;
  // The loss of the iteration whose update comes: policy plateau goes by the mean of the last
  // average_loss ones.
  void add_loss(float loss) { losses_.add(loss, param_.average_loss); }
  // Iteration `iter`: applies the gradients in the net's diffs, each the sum of iter_size passes in
  // every one of `world` solvers. `displayed` has the rate logged.
  void apply(int64_t iter, bool displayed, int world);

  // What is remembered, for a state file.
  void save(SolverState& state) const;
  // Fails when the state, of the file `path`, is none of this rule and net.
  void check_fits(const SolverState& state, const std::string& path) const;
  // Takes over a state that fits.
  void restore(const SolverState& state);

 private:
  float next_rate(int64_t iter, bool displayed);
  float clip_scale(int world) const;

  const SolverParameter& param_;
  const std::unique_ptr<UpdateRule> rule_;
  Net& net_;
  // What the rule remembers, in the order of the state file: a blob for each parameter, and for
  // rules that remember two values the second ones behind them.
  std::vector<std::shared_ptr<Blob>> history_;
  PolicyMemory policy_;
  LossWindow losses_;  // of the whole training, however it is cut into calls of step()
};

}  // namespace caffe
