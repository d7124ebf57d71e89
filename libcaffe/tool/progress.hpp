// On a terminal, how far a training is (status_line.hpp).
#pragma once

#include <chrono>
#include <string>

#include "solver/solver.hpp"
#include "tool/status_line.hpp"

namespace caffe::tool {

// "Iteration 120/10000  loss 0.523  85.3 iter/s  1:56 left".
std::string progress_text(int64_t iter, int64_t max_iter, float loss, double rate);

class Progress {
 public:
  // Shows itself from the solver's first step on. Destroy it before the solver.
  explicit Progress(Solver& solver);

 private:
  using Clock = std::chrono::steady_clock;

  void show();

  Solver& solver_;
  StatusLine line_;
  const Clock::time_point begun_ = Clock::now();
  const int64_t first_iter_;
};

}  // namespace caffe::tool
