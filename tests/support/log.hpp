// The log of the library while it lives, instead of stderr.
#pragma once

#include <cstdint>
#include <string>

#include "core/log.hpp"

namespace caffe::test {

struct Log {
  Log() {
    set_log_level(Severity::kInfo);
    set_log_sink(add, this);
  }
  ~Log() { set_log_sink(nullptr, nullptr); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  static void add(int, const char* line, void* user) {
    static_cast<Log*>(user)->text += std::string(line) + "\n";
  }
  int64_t count(const std::string& part) const {
    int64_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      ++found;
    return found;
  }

  std::string text;
};

}  // namespace caffe::test
