// The learning-rate policies: the rate of an iteration as a formula of the prototxt's fields.
#pragma once

#include <cstdint>
#include <optional>

#include "schema/messages.hpp"

namespace caffe {

// What policies remember from one iteration to the next. Solver states keep it.
struct PolicyMemory {
  int step = 0;  // how often the rate has been lowered: step, multistep, plateau
  // plateau: the least loss so far, and the iteration of it or, if later, of the last step.
  float minimum_loss = SolverState::defaults().minimum_loss;
  int64_t last_event = 0;
};

struct LearningRate {
  float rate = 0;
  PolicyMemory memory;
};

// The rate of iteration `iter`, when `before` was remembered from the iteration before. `loss` is
// this iteration's, averaged over average_loss ones; none where it is not known yet.
// check_policy() has passed.
//   fixed       base_lr
//   step        base_lr * gamma ^ floor(iter / stepsize)
//   multistep   base_lr * gamma ^ (stepvalues reached, at most one more an iteration)
//   exp         base_lr * gamma ^ iter
//   inv         base_lr * (1 + gamma * iter) ^ -power
//   poly        (base_lr - min_lr) * (1 - iter / max_iter) ^ power + min_lr, min_lr behind max_iter
//   sigmoid     base_lr / (1 + exp(-gamma * (iter - stepsize)))
//   plateau     base_lr * gamma ^ steps; there is a step when for plateau_winsize[steps] iterations
//               neither the loss was less than ever before nor there was a step
//   multifixed  stagelr[i] for the first i with iter <= stageiter[i], behind all the last one
// For warmup_iter iterations the rate rises from warmup_start_lr to base_lr in a line instead, for
// rampup_interval iterations from rampup_lr to base_lr in a parabola. min_lr is the least rate.
LearningRate learning_rate(const SolverParameter& param, int64_t iter, const PolicyMemory& before,
                           std::optional<float> loss = {});

// Fails when the policy does not exist or lacks a field it cannot do without; warns in the log of
// what is surely a slip.
void check_policy(const SolverParameter& param);

}  // namespace caffe
