// On a terminal, a last line that says how far the training is. Log lines scroll by above it; when
// stderr is no terminal there is nothing but the log.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "solver/solver.hpp"

namespace caffe::tool {

// "1:02:03", or "2:03" below an hour.
std::string clock_text(double seconds);

// "Iteration 120/10000  loss 0.523  85.3 iter/s  1:56 left".
std::string progress_text(int64_t iter, int64_t max_iter, float loss, double rate);

class Progress {
 public:
  // Shows itself from the solver's first step on. Destroy it before the solver.
  explicit Progress(Solver& solver);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  static void write_log(int severity, const char* line, void* user);
  void show();
  void erase();

  Solver& solver_;
  const bool terminal_;
  std::mutex mutex_;
  std::string text_;
  Clock::time_point begun_, shown_;
  int64_t first_iter_ = 0;
};

}  // namespace caffe::tool
