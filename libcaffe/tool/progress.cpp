#include "tool/progress.hpp"

#include <cstdio>

namespace caffe::tool {

std::string progress_text(int64_t iter, int64_t max_iter, float loss, double rate) {
  char text[160];
  std::snprintf(text, sizeof text, "Iteration %lld/%lld  loss %.4g  %.3g iter/s",
                static_cast<long long>(iter), static_cast<long long>(max_iter), loss, rate);
  std::string line = text;
  if (rate > 0 && iter < max_iter) {
    line += "  " + clock_text(static_cast<double>(max_iter - iter) / rate) + " left";
  }
  return line;
}

Progress::Progress(Solver& solver) : solver_(solver), first_iter_(solver.iter()) {
  if (!line_.visible()) return;
  solver.add_callback([this](int event) {
    if (event == Solver::kAfterStep) show();
  });
}

void Progress::show() {
  if (!line_.due()) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  const double rate = static_cast<double>(solver_.iter() - first_iter_) / seconds;
  line_.show(progress_text(solver_.iter(), solver_.max_iter(), solver_.smoothed_loss(), rate));
}

}  // namespace caffe::tool
