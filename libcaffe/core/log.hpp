// The log: finished lines handed to one sink, by default stderr in the form plotting scripts parse,
//   I1120 12:00:00.000000 1234 solver.cpp:195] Iteration 20, loss = 3.2
#pragma once

#include <string>

#include "core/error.hpp"

namespace caffe {

enum class Severity : int { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

// `line` is the whole line with its prefix, without a newline. Called from any thread, one call at
// a time per line, never under a lock of the library's.
using LogSink = void (*)(int severity, const char* line, void* user);

// nullptr restores stderr.
void set_log_sink(LogSink sink, void* user);
// Lines below `severity` are dropped before they are made; kInfo unless CAFFE_LOG_LEVEL says so.
void set_log_level(Severity severity);
bool log_enabled(Severity severity);

void log_line(Severity severity, const char* file, int line, const std::string& message);

}  // namespace caffe

#define CAFFE_LOG(severity, ...) CAFFE_LOG_FROM(__FILE__, severity, __VA_ARGS__)

// The same under another file's name: scripts look for lines by where the original writes them.
#define CAFFE_LOG_FROM(file, severity, ...)                                                      \
  do {                                                                                           \
    if (::caffe::log_enabled(::caffe::Severity::severity)) {                                     \
      ::caffe::log_line(::caffe::Severity::severity, file, __LINE__, ::caffe::str(__VA_ARGS__)); \
    }                                                                                            \
  } while (false)
