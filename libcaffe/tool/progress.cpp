#include "tool/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "core/log.hpp"

namespace caffe::tool {

std::string clock_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  char text[48];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02d:%02d", static_cast<long long>(whole / 3600),
                  static_cast<int>(whole / 60 % 60), static_cast<int>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(whole / 60),
                  static_cast<int>(whole % 60));
  }
  return text;
}

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

Progress::Progress(Solver& solver) : solver_(solver), terminal_(::isatty(STDERR_FILENO) != 0) {
  if (!terminal_) return;
  begun_ = Clock::now();
  shown_ = begun_ - std::chrono::hours(1);
  first_iter_ = solver.iter();
  set_log_sink(write_log, this);
  solver.add_callback([this](int event) {
    if (event == Solver::kAfterStep) show();
  });
}

Progress::~Progress() {
  if (!terminal_) return;
  set_log_sink(nullptr, nullptr);
  erase();
}

void Progress::write_log(int, const char* line, void* user) {
  auto& self = *static_cast<Progress*>(user);
  std::lock_guard<std::mutex> lock(self.mutex_);
  std::fprintf(stderr, "\r\033[K%s\n%s", line, self.text_.c_str());
}

void Progress::show() {
  const Clock::time_point now = Clock::now();
  if (now - shown_ < std::chrono::milliseconds(200)) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double rate = static_cast<double>(solver_.iter() - first_iter_) / seconds;
  std::lock_guard<std::mutex> lock(mutex_);
  text_ = progress_text(solver_.iter(), solver_.max_iter(), solver_.smoothed_loss(), rate);
  std::fprintf(stderr, "\r\033[K%s", text_.c_str());
}

void Progress::erase() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!text_.empty()) std::fprintf(stderr, "\r\033[K");
  text_.clear();
}

}  // namespace caffe::tool
