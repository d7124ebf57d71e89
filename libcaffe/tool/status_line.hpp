// On a terminal, a last line that says how far something is. Log lines scroll by above it; when
// stderr is no terminal there is nothing but the log.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "core/fork.hpp"

namespace caffe::tool {

// "1:02:03", or "2:03" below an hour.
std::string clock_text(double seconds);

class StatusLine {
 public:
  StatusLine();
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  // Whether there is anybody to see it.
  bool visible() const { return terminal_; }
  // Whether the last one has been seen for long enough.
  bool due() const;
  void show(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  static void write_log(int severity, const char* line, void* user);

  const bool terminal_;
  Mutex mutex_;
  std::string text_;
  Clock::time_point shown_;
};

}  // namespace caffe::tool
