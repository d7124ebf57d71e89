// What the log says while it lives, line after line.
#pragma once

#include <mutex>
#include <string>

#include "core/log.hpp"

namespace caffe::test {

class Logged {
 public:
  Logged() { set_log_sink(add, this); }
  ~Logged() { set_log_sink(nullptr, nullptr); }
  Logged(const Logged&) = delete;
  Logged& operator=(const Logged&) = delete;

  // How many lines have `words` in them.
  int count(const std::string& words) const {
    int found = 0;
    for (size_t at = 0; (at = text_.find(words, at)) != std::string::npos; ++found) {
      at = text_.find('\n', at);
    }
    return found;
  }

 private:
  static void add(int, const char* line, void* user) {
    auto& self = *static_cast<Logged*>(user);
    std::lock_guard<std::mutex> lock(self.mutex_);
    self.text_ += std::string(line) + '\n';
  }

  std::mutex mutex_;
  std::string text_;
};

}  // namespace caffe::test
