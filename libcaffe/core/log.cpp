#include "core/log.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>

namespace caffe {

namespace {

struct Target {
  LogSink sink = nullptr;
  void* user = nullptr;
};

std::mutex target_mutex;
Target target;

int initial_level() {
  const char* text = std::getenv("CAFFE_LOG_LEVEL");
  if (text == nullptr || text[0] < '0' || text[0] > '4') return static_cast<int>(Severity::kInfo);
  return text[0] - '0';
}

std::atomic<int> level{initial_level()};

}  // namespace

void set_log_sink(LogSink sink, void* user) {
  std::lock_guard<std::mutex> lock(target_mutex);
  target = {sink, user};
}

void set_log_level(Severity severity) {
  level = static_cast<int>(severity);
}

bool log_enabled(Severity severity) {
  return static_cast<int>(severity) >= level.load(std::memory_order_relaxed);
}

void log_line(Severity severity, const char* file, int line, const std::string& message) {
  timeval now;
  gettimeofday(&now, nullptr);
  tm local;
  localtime_r(&now.tv_sec, &local);
  const char* slash = std::strrchr(file, '/');
  char prefix[160];
  std::snprintf(prefix, sizeof prefix, "%c%02d%02d %02d:%02d:%02d.%06ld %5ld %s:%d] ",
                "DIWE"[static_cast<int>(severity)], local.tm_mon + 1, local.tm_mday, local.tm_hour,
                local.tm_min, local.tm_sec, static_cast<long>(now.tv_usec),
                static_cast<long>(syscall(SYS_gettid)), slash == nullptr ? file : slash + 1, line);
  const std::string whole = prefix + message;
  Target current;
  {
    std::lock_guard<std::mutex> lock(target_mutex);
    current = target;
  }
  if (current.sink != nullptr) {
    current.sink(static_cast<int>(severity), whole.c_str(), current.user);
  } else {
    std::fprintf(stderr, "%s\n", whole.c_str());
  }
}

}  // namespace caffe
