#include "core/log_settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace caffe {

namespace {

constexpr const char* kNames[] = {"minloglevel",
                                  "logtostderr",
                                  "alsologtostderr",
                                  "colorlogtostderr",
                                  "stderrthreshold",
                                  "log_prefix",
                                  "log_dir",
                                  "log_link",
                                  "max_log_size",
                                  "stop_logging_if_full_disk",
                                  "v"};

int number_of(const std::string& name, const std::string& value) {
  int number = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) {
    fail(Status::kInvalidArgument, name, " takes a whole number, not ", quoted(value));
  }
  return number;
}

// glog counts information from 0, and has a severity beyond errors that no line here has.
Severity severity_of(int number) {
  return static_cast<Severity>(std::clamp(number, -1, static_cast<int>(kNoSeverity) - 1) + 1);
}

// As glog reads its variables: by the first letter.
bool is_on(const std::string& value) {
  return value.empty() || std::strchr("tTyY1", value[0]) != nullptr;
}

}  // namespace

void LogSettings::set(const std::string& name, const std::string& value) {
  if (name == "minloglevel") level = severity_of(number_of(name, value));
  if (name == "logtostderr") only_to_stderr = is_on(value);
  if (name == "alsologtostderr") also_to_stderr = is_on(value);
  if (name == "colorlogtostderr") colors = is_on(value);
  if (name == "stderrthreshold") stderr_level = severity_of(number_of(name, value));
  if (name == "log_prefix") prefix = is_on(value);
  if (name == "log_dir") folder = value;
  if (name == "log_link") links_folder = value;
  if (name == "max_log_size") most_megabytes = std::max(number_of(name, value), 1);
  if (name == "stop_logging_if_full_disk") stop_when_full = is_on(value);
  if (name == "v" && number_of(name, value) > 0) level = std::min(level, Severity::kDebug);
}

LogSettings LogSettings::from_environment() {
  LogSettings settings;
  for (const std::string name : kNames) {
    const char* value = std::getenv(("GLOG_" + name).c_str());
    if (value == nullptr) continue;
    try {
      settings.set(name, value);
    } catch (const Error&) {
      continue;
    }
  }
  const char* level = std::getenv("CAFFE_LOG_LEVEL");
  if (level != nullptr && level[0] >= '0' && level[0] <= '4') {
    settings.level = static_cast<Severity>(level[0] - '0');
  }
  return settings;
}

Severity LogSettings::shown_from() const {
  if (only_to_stderr.value_or(false) || also_to_stderr.value_or(false)) return Severity::kDebug;
  if (stderr_level) return *stderr_level;
  const bool all = !has_files() && also_to_stderr.value_or(true);
  return all ? Severity::kDebug : Severity::kError;
}

}  // namespace caffe
