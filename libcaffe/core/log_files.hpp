// The log in files, named, headed and linked as glog's are: caffe.host.user.log.INFO.20150120-
// 100000.1234 has every line, that of WARNING warnings and errors, that of ERROR errors; caffe.INFO
// leads to the newest one.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <string_view>

#include "core/log_settings.hpp"

namespace caffe {

// Used by one thread at a time. A file is made when there is a first line for it, and every line is
// in it at once.
class LogFiles {
 public:
  // Returns what stands in the way, "" when nothing does; of a trouble that lasts only once.
  std::string write(const LogSettings& settings, Severity severity, std::string_view line);
  // Begins anew, elsewhere perhaps.
  void close();

 private:
  struct File {
    int descriptor = -1;
    int64_t size = 0;
    pid_t owner = 0;  // a child process has files of its own
    bool troubled = false, given_up = false;
  };

  static std::string open(const LogSettings& settings, Severity severity, File& file);
  static std::string write(const LogSettings& settings, Severity severity, std::string_view line,
                           File& file);

  std::array<File, 3> files_;  // from information on
};

}  // namespace caffe
