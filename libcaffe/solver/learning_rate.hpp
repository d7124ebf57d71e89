// The learning-rate policies: the rate of an iteration as a formula of the prototxt's fields.
#pragma once

#include <cstdint>

#include "schema/messages.hpp"

namespace caffe {

struct LearningRate {
  float rate = 0;
  // How often the rate has been lowered; policies step and multistep. Solver states keep it.
  int step = 0;
};

// The rate of iteration `iter`, when `step` was that of the iteration before. check_policy() has
// passed.
//   fixed      base_lr
//   step       base_lr * gamma ^ floor(iter / stepsize)
//   multistep  base_lr * gamma ^ (stepvalues reached, at most one more an iteration)
//   exp        base_lr * gamma ^ iter
//   inv        base_lr * (1 + gamma * iter) ^ -power
//   poly       base_lr * (1 - iter / max_iter) ^ power, 0 behind max_iter
//   sigmoid    base_lr / (1 + exp(-gamma * (iter - stepsize)))
LearningRate learning_rate(const SolverParameter& param, int64_t iter, int step);

// Fails when the policy does not exist or lacks a field it cannot do without; warns in the log of
// one whose absence is surely a slip.
void check_policy(const SolverParameter& param);

}  // namespace caffe
