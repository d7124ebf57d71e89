// Where the log goes: glog's switches, by glog's names, from the environment and from flags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/log.hpp"

namespace caffe {

// One beyond kError: nothing.
inline constexpr Severity kNoSeverity = static_cast<Severity>(4);

struct LogSettings {
  Severity level = Severity::kInfo;  // lines below are dropped
  std::optional<bool> only_to_stderr, also_to_stderr;
  std::optional<Severity> stderr_level;
  bool prefix = true, colors = false, stop_when_full = false;
  int64_t most_megabytes = 1800;     // of a file, before the next one is begun
  std::string folder, links_folder;  // no folder: no files
  std::string program;               // in the files' names; the process's when empty

  // GLOG_minloglevel, GLOG_log_dir ...; CAFFE_LOG_LEVEL, which counts from debug, decides about the
  // level. Values that make no sense are passed over: glog's variables are not only for us.
  static LogSettings from_environment();

  // A switch by glog's name, "stderrthreshold". Fails with kInvalidArgument when its value makes no
  // sense; does nothing when it is not one that has an effect here.
  void set(const std::string& name, const std::string& value);

  bool has_files() const { return !folder.empty() && !only_to_stderr.value_or(false); }
  // Lines from here on are shown on stderr. As in glog everything is when there are no files, else
  // errors, unless somebody said otherwise.
  Severity shown_from() const;
};

// Fails with kIo when there are to be files and the folder cannot be written to.
void set_log_settings(LogSettings settings);

// How stderr shows such a line, which has its prefix: in colour perhaps, or not at all. For those
// who show the log there themselves.
std::optional<std::string> line_for_stderr(Severity severity, const std::string& line);

// A line for the log's files alone: for what stderr is told in words of its own.
void log_to_files(Severity severity, const char* file, int line, const std::string& message);

}  // namespace caffe
