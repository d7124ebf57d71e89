// glog's switches: what each does, and what they mean together.
#include "core/log_settings.hpp"

#include <cstdlib>

#include "support/check.hpp"

namespace caffe {
namespace {

LogSettings with(std::initializer_list<std::pair<const char*, const char*>> switches) {
  LogSettings settings;
  for (const auto& [name, value] : switches) settings.set(name, value);
  return settings;
}

int shown_from(std::initializer_list<std::pair<const char*, const char*>> switches) {
  return static_cast<int>(with(switches).shown_from());
}

TEST(severities_count_from_information_in_glog) {
  CHECK(with({}).level == Severity::kInfo);
  CHECK(with({{"minloglevel", "0"}}).level == Severity::kInfo);
  CHECK(with({{"minloglevel", "2"}}).level == Severity::kError);
  CHECK(with({{"minloglevel", "3"}}).level == kNoSeverity);
  CHECK(with({{"minloglevel", "77"}}).level == kNoSeverity);
  CHECK(with({{"minloglevel", "2147483647"}}).level == kNoSeverity);
  CHECK(with({{"minloglevel", "-2147483648"}}).level == Severity::kDebug);
  CHECK(with({{"v", "1"}}).level == Severity::kDebug);
  CHECK(with({{"v", "0"}}).level == Severity::kInfo);
}

TEST(stderr_shows_all_without_files_and_errors_beside_them) {
  CHECK_EQ(shown_from({}), 0);
  CHECK_EQ(shown_from({{"log_dir", "logs"}}), 3);
  CHECK_EQ(shown_from({{"log_dir", "logs"}, {"alsologtostderr", "1"}}), 0);
  CHECK_EQ(shown_from({{"log_dir", "logs"}, {"logtostderr", "true"}}), 0);
  CHECK_EQ(shown_from({{"log_dir", "logs"}, {"stderrthreshold", "1"}}), 2);
  CHECK_EQ(shown_from({{"stderrthreshold", "3"}}), 4);
  CHECK_EQ(shown_from({{"alsologtostderr", "false"}}), 3);
  // Who asks for all of it gets it, whatever the threshold.
  CHECK_EQ(shown_from({{"alsologtostderr", "1"}, {"stderrthreshold", "3"}}), 0);
}

TEST(logtostderr_means_no_files) {
  CHECK(with({{"log_dir", "logs"}}).has_files());
  CHECK(with({{"log_dir", "logs"}, {"logtostderr", "0"}}).has_files());
  CHECK(!with({{"log_dir", "logs"}, {"logtostderr", "1"}}).has_files());
  CHECK(!with({{"alsologtostderr", "1"}}).has_files());
}

TEST(switches_that_make_no_sense) {
  CHECK_FAILS(Status::kInvalidArgument, "minloglevel takes a whole number, not \"loud\"",
              with({{"minloglevel", "loud"}}));
  CHECK_FAILS(Status::kInvalidArgument, "max_log_size", with({{"max_log_size", "1.5"}}));
  CHECK(with({{"vmodule", "net=1"}}).level == Severity::kInfo);
}

TEST(the_environment_has_its_say) {
  const auto level = [](const char* glog, const char* caffe) {
    ::setenv("GLOG_minloglevel", glog, 1);
    ::setenv("CAFFE_LOG_LEVEL", caffe, 1);
    const LogSettings settings = LogSettings::from_environment();
    ::unsetenv("GLOG_minloglevel");
    ::unsetenv("CAFFE_LOG_LEVEL");
    return static_cast<int>(settings.level);
  };
  CHECK_EQ(level("1", ""), 2);
  CHECK_EQ(level("loud", ""), 1);
  CHECK_EQ(level("", ""), 1);
  CHECK_EQ(level("1", "0"), 0);
  CHECK_EQ(level("1", "9"), 2);
}

}  // namespace
}  // namespace caffe
