#include "core/log.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <optional>
#include <utility>

#include "core/fork.hpp"
#include "core/log_files.hpp"
#include "core/log_settings.hpp"

namespace caffe {

namespace {

struct Target {
  LogSink sink = nullptr;
  void* user = nullptr;
  LogSettings settings = LogSettings::from_environment();
  LogFiles files;
};

Mutex target_mutex;

// Never destroyed: threads log while the process ends.
Target& target() {
  static auto& target = *new Target;
  return target;
}

// Lines that nobody would see are not made.
int least_severity() {
  const LogSettings& settings = target().settings;
  if (target().sink != nullptr || settings.has_files()) return static_cast<int>(settings.level);
  return static_cast<int>(std::max(settings.level, settings.shown_from()));
}

std::atomic<int> level{least_severity()};

std::string whole_line(Severity severity, const char* file, int line, const std::string& message) {
  timeval now;
  gettimeofday(&now, nullptr);
  tm local;
  {
    const ForkHold hold;  // the C library has a lock for time zones, which it leaves to the child
    localtime_r(&now.tv_sec, &local);
  }
  const char* slash = std::strrchr(file, '/');
  char prefix[160];
  std::snprintf(prefix, sizeof prefix, "%c%02d%02d %02d:%02d:%02d.%06ld %5ld %s:%d] ",
                "DIWE"[static_cast<int>(severity)], local.tm_mon + 1, local.tm_mday, local.tm_hour,
                local.tm_min, local.tm_sec, static_cast<long>(now.tv_usec),
                static_cast<long>(syscall(SYS_gettid)), slash == nullptr ? file : slash + 1, line);
  return prefix + message;
}

void write_to_files(Severity severity, const std::string& line) {
  std::string trouble;
  {
    std::lock_guard<Mutex> lock(target_mutex);
    Target& to = target();
    if (!to.settings.has_files()) return;
    trouble = to.files.write(to.settings, severity, line);
  }
  if (!trouble.empty()) std::fprintf(stderr, "caffe: %s\n", trouble.c_str());
}

}  // namespace

void set_log_sink(LogSink sink, void* user) {
  std::lock_guard<Mutex> lock(target_mutex);
  target().sink = sink;
  target().user = user;
  level = least_severity();
}

void set_log_level(Severity severity) {
  std::lock_guard<Mutex> lock(target_mutex);
  target().settings.level = severity;
  level = least_severity();
}

void set_log_settings(LogSettings settings) {
  if (settings.has_files()) {
    struct stat info;
    int error = 0;
    if (::stat(settings.folder.c_str(), &info) != 0) {
      error = errno;
    } else if (!S_ISDIR(info.st_mode)) {
      error = ENOTDIR;
    } else if (::access(settings.folder.c_str(), W_OK | X_OK) != 0) {
      error = errno;
    }
    if (error != 0) {
      fail(Status::kIo, "the log cannot be written to the folder ", quoted(settings.folder), ": ",
           std::strerror(error));
    }
  }
  std::lock_guard<Mutex> lock(target_mutex);
  target().settings = std::move(settings);
  target().files.close();
  level = least_severity();
}

bool log_enabled(Severity severity) {
  return static_cast<int>(severity) >= level.load(std::memory_order_relaxed);
}

std::optional<std::string> line_for_stderr(Severity severity, const std::string& line) {
  bool colors;
  {
    std::lock_guard<Mutex> lock(target_mutex);
    if (severity < target().settings.shown_from()) return std::nullopt;
    colors = target().settings.colors;
  }
  if (!colors || severity < Severity::kWarning || ::isatty(STDERR_FILENO) == 0) return line;
  const char* terminal = std::getenv("TERM");
  if (terminal == nullptr || std::strcmp(terminal, "dumb") == 0) return line;
  return str("\033[3", severity == Severity::kWarning ? 3 : 1, "m", line, "\033[m");
}

void log_line(Severity severity, const char* file, int line, const std::string& message) {
  LogSink sink;
  void* user;
  bool prefix;
  {
    std::lock_guard<Mutex> lock(target_mutex);
    sink = target().sink;
    user = target().user;
    prefix = target().settings.prefix;
  }
  const std::string whole = prefix ? whole_line(severity, file, line, message) : message;
  write_to_files(severity, whole);
  if (sink != nullptr) {
    sink(static_cast<int>(severity), whole.c_str(), user);
  } else if (const auto shown = line_for_stderr(severity, whole)) {
    std::fprintf(stderr, "%s\n", shown->c_str());
  }
}

void log_to_files(Severity severity, const char* file, int line, const std::string& message) {
  if (log_enabled(severity)) write_to_files(severity, whole_line(severity, file, line, message));
}

}  // namespace caffe
