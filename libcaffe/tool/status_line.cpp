#include "tool/status_line.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "core/log_settings.hpp"

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

StatusLine::StatusLine() : terminal_(::isatty(STDERR_FILENO) != 0) {
  shown_ = Clock::now() - std::chrono::hours(1);
  if (terminal_) set_log_sink(write_log, this);
}

StatusLine::~StatusLine() {
  if (!terminal_) return;
  set_log_sink(nullptr, nullptr);
  std::lock_guard<Mutex> lock(mutex_);
  if (!text_.empty()) std::fprintf(stderr, "\r\033[K");
}

void StatusLine::write_log(int severity, const char* line, void* user) {
  const auto shown = line_for_stderr(static_cast<Severity>(severity), line);
  if (!shown) return;
  auto& self = *static_cast<StatusLine*>(user);
  std::lock_guard<Mutex> lock(self.mutex_);
  std::fprintf(stderr, "\r\033[K%s\n%s", shown->c_str(), self.text_.c_str());
}

bool StatusLine::due() const {
  return terminal_ && Clock::now() - shown_ >= std::chrono::milliseconds(200);
}

void StatusLine::show(const std::string& text) {
  if (!terminal_) return;
  shown_ = Clock::now();
  std::lock_guard<Mutex> lock(mutex_);
  text_ = text;
  std::fprintf(stderr, "\r\033[K%s", text_.c_str());
}

}  // namespace caffe::tool
