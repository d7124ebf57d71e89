// The log's files: who is in which, names, links, sizes, and what stands in their way.
#include "core/log_files.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "core/files.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using caffe::test::Folder;

LogSettings into(const Folder& folder) {
  LogSettings settings;
  settings.folder = folder.path.string();
  settings.program = "trainer";
  return settings;
}

// The names of the files, without the links.
std::vector<std::string> names(const Folder& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    if (!entry.is_symlink()) found.push_back(entry.path().filename().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The lines behind the header.
std::string lines(const std::string& path) {
  std::string text = read_file(path);
  CHECK(text.starts_with("Log file created at: "));
  for (int i = 0; i < 3; ++i) text = text.substr(text.find('\n') + 1);
  return text;
}

TEST(log_files_have_their_severity_and_above) {
  const Folder folder;
  LogFiles files;
  const LogSettings settings = into(folder);
  CHECK_EQ(files.write(settings, Severity::kInfo, "one"), "");
  CHECK_EQ(names(folder).size(), 1u);  // none is made before there is something for it
  CHECK_EQ(files.write(settings, Severity::kError, "three"), "");
  CHECK_EQ(files.write(settings, Severity::kWarning, "two"), "");
  CHECK_EQ(names(folder).size(), 3u);
  CHECK_EQ(lines(folder.file("trainer.INFO")), "one\nthree\ntwo\n");
  CHECK_EQ(lines(folder.file("trainer.WARNING")), "three\ntwo\n");
  CHECK_EQ(lines(folder.file("trainer.ERROR")), "three\n");
}

TEST(log_files_are_named_as_glogs) {
  const Folder folder;
  LogFiles files;
  files.write(into(folder), Severity::kDebug, "one");
  const std::string name = names(folder).at(0);
  CHECK(name.starts_with("trainer."));
  CHECK(name.ends_with(str(".", ::getpid())));
  const size_t place = name.find(".log.INFO.");
  CHECK(place != std::string::npos);
  const std::string stamp = name.substr(place + 10, 15);
  for (size_t i = 0; i < stamp.size(); ++i)
    CHECK(i == 8 ? stamp[i] == '-' : std::isdigit(stamp[i]));
  CHECK_EQ(std::filesystem::read_symlink(folder.path / "trainer.INFO").string(), name);
}

TEST(log_files_may_have_links_elsewhere) {
  const Folder folder, links;
  LogFiles files;
  LogSettings settings = into(folder);
  settings.links_folder = links.path.string();
  files.write(settings, Severity::kInfo, "one");
  CHECK_EQ(lines(links.file("trainer.INFO")), "one\n");
}

TEST(a_log_file_that_is_full_is_followed_by_another) {
  const Folder folder;
  LogFiles files;
  LogSettings settings = into(folder);
  settings.most_megabytes = 1;
  const std::string line(1 << 20, 'x');
  files.write(settings, Severity::kInfo, line);
  // The name has the second in it: within one, the first goes on.
  CHECK_EQ(files.write(settings, Severity::kInfo, "last"), "");
  int64_t size = 0;
  for (const std::string& name : names(folder)) {
    size += static_cast<int64_t>(lines(folder.file(name)).size());
  }
  CHECK_EQ(size, (1 << 20) + 1 + 5);
}

TEST(a_child_process_logs_to_files_of_its_own) {
  const Folder folder;
  LogFiles files;
  const LogSettings settings = into(folder);
  files.write(settings, Severity::kInfo, "parent");
  const pid_t child = ::fork();
  if (child == 0) {
    files.write(settings, Severity::kInfo, "child");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  CHECK_EQ(names(folder).size(), 2u);
  CHECK_EQ(lines(folder.file("trainer.INFO")), "child\n");
}

TEST(a_child_process_without_a_file_leaves_its_parent_s_alone) {
  const Folder folder;
  LogFiles files;
  LogSettings settings = into(folder);
  files.write(settings, Severity::kInfo, "parent");
  const pid_t child = ::fork();
  if (child == 0) {
    settings.folder = folder.file("nowhere");
    const std::string trouble = files.write(settings, Severity::kInfo, "child");
    files.write(settings, Severity::kInfo, "child");
    ::_exit(trouble.find("nowhere") == std::string::npos);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK_EQ(status, 0);
  CHECK_EQ(lines(folder.file("trainer.INFO")), "parent\n");
  CHECK_EQ(files.write(settings, Severity::kInfo, "more"), "");
  CHECK_EQ(lines(folder.file("trainer.INFO")), "parent\nmore\n");
}

TEST(a_log_file_that_cannot_be_made_is_told_of_once) {
  const Folder folder;
  LogFiles files;
  LogSettings settings = into(folder);
  settings.folder = folder.file("nowhere");
  const std::string trouble = files.write(settings, Severity::kInfo, "one");
  CHECK(trouble.find("nowhere") != std::string::npos);
  CHECK(trouble.find("No such file") != std::string::npos);
  CHECK_EQ(files.write(settings, Severity::kInfo, "two"), "");
}

TEST(a_link_laid_before_is_not_written_through) {
  const Folder folder, other;
  const std::string victim = other.file("victim", "untouched");
  std::filesystem::create_symlink(victim, folder.path / "trainer.INFO");
  LogFiles files;
  files.write(into(folder), Severity::kInfo, "one");
  CHECK_EQ(read_file(victim), "untouched");
  CHECK_EQ(lines(folder.file("trainer.INFO")), "one\n");
}

TEST(settings_with_a_folder_that_is_none_are_refused) {
  const Folder folder;
  LogSettings settings = into(folder);
  settings.folder = folder.file("file", "x");
  CHECK_FAILS(Status::kIo, "Not a directory", set_log_settings(settings));
  settings.folder = folder.file("nowhere");
  CHECK_FAILS(Status::kIo, "nowhere\": No such file", set_log_settings(settings));
  settings.only_to_stderr = true;  // then nobody wants the folder
  set_log_settings(settings);
  set_log_settings(LogSettings::from_environment());
}

}  // namespace
}  // namespace caffe
