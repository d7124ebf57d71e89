// The log: its sink, its level, and the form of a line.
#include "core/log.hpp"

#include <string>
#include <vector>

#include "support/check.hpp"

namespace caffe::test {
namespace {

struct Lines {
  Lines() { set_log_sink(&Lines::take, this); }
  ~Lines() {
    set_log_sink(nullptr, nullptr);
    set_log_level(Severity::kInfo);
  }
  static void take(int severity, const char* line, void* user) {
    static_cast<Lines*>(user)->all.push_back(str(severity, ":", line));
  }
  std::vector<std::string> all;
};

TEST(log_lines_say_severity_file_and_line) {
  Lines lines;
  log_line(Severity::kWarning, "libcaffe/core/some.cpp", 12, "so it is");
  CHECK_EQ(lines.all.size(), size_t{1});
  CHECK_EQ(lines.all[0].substr(0, 3), "2:W");
  CHECK(lines.all[0].ends_with(" some.cpp:12] so it is"));
}

TEST(log_lines_below_the_level_are_not_even_made) {
  Lines lines;
  int made = 0;
  const auto text = [&] {
    ++made;
    return "text";
  };
  set_log_level(Severity::kWarning);
  CHECK(!log_enabled(Severity::kInfo) && log_enabled(Severity::kWarning));
  CAFFE_LOG(kInfo, text());
  CAFFE_LOG(kError, text());
  CHECK_EQ(made, 1);
  CHECK_EQ(lines.all.size(), size_t{1});
}

}  // namespace
}  // namespace caffe::test
