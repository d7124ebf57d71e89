#include "core/log_files.hpp"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace caffe {

namespace {

constexpr const char* kNames[] = {"INFO", "WARNING", "ERROR"};

std::string host() {
  utsname names;
  return ::uname(&names) == 0 ? names.nodename : "(unknown)";
}

std::string user() {
  const char* name = std::getenv("USER");
  return name != nullptr ? name : "invalid-user";
}

std::string program(const LogSettings& settings) {
  return settings.program.empty() ? program_invocation_short_name : settings.program;
}

std::string text(const tm& time, const char* format) {
  char out[64];
  return {out, std::strftime(out, sizeof out, format, &time)};
}

// A link of another user's, in a folder that all may write to, stays as it is.
void link_to(const std::string& target, const std::string& link) {
  ::unlink(link.c_str());
  if (::symlink(target.c_str(), link.c_str()) != 0) errno = 0;
}

// Whether all of it was written.
bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

std::string LogFiles::open(const LogSettings& settings, Severity severity, File& file) {
  const time_t now = std::time(nullptr);
  tm local;
  ::localtime_r(&now, &local);
  const std::string kind = kNames[static_cast<int>(severity) - 1];
  const std::string name = str(program(settings), ".", host(), ".", user(), ".log.", kind, ".",
                               text(local, "%Y%m%d-%H%M%S"), ".", ::getpid());
  const std::string path = settings.folder + "/" + name;
  // Never through a link that somebody else has laid, and never into another's file. Who begins a
  // second file within a second has one already.
  const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0664);
  if (opened < 0) {
    if (errno == EEXIST && file.descriptor >= 0) return "";
    return str("cannot write the log's file ", quoted(path), ": ", std::strerror(errno));
  }
  if (file.descriptor >= 0) ::close(file.descriptor);
  file.descriptor = opened;
  file.owner = ::getpid();
  const std::string header = str(
      "Log file created at: ", text(local, "%Y/%m/%d %H:%M:%S"), "\nRunning on machine: ", host(),
      "\nLog line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg\n");
  file.size = static_cast<int64_t>(header.size());
  if (!write_all(opened, header)) {
    return str("cannot write the log's file ", quoted(path), ": ", std::strerror(errno));
  }
  const std::string link = str("/", program(settings), ".", kind);
  link_to(name, settings.folder + link);
  if (!settings.links_folder.empty()) link_to(path, settings.links_folder + link);
  return "";
}

std::string LogFiles::write(const LogSettings& settings, Severity severity, std::string_view line,
                            File& file) {
  if (file.given_up) return "";
  if (file.owner != ::getpid() && file.descriptor >= 0) {  // it is the parent's
    ::close(file.descriptor);
    file = File();
  }
  const bool is_full = file.size >> 20 >= settings.most_megabytes;
  if (file.descriptor < 0 || is_full) {
    const std::string trouble = open(settings, severity, file);
    if (!trouble.empty() && file.descriptor < 0) {
      file.given_up = true;
      return trouble;
    }
  }
  const std::string whole = std::string(line) + "\n";
  if (write_all(file.descriptor, whole)) {
    file.size += static_cast<int64_t>(whole.size());
    file.troubled = false;
    return "";
  }
  const int error = errno;
  file.given_up = settings.stop_when_full && error == ENOSPC;
  if (std::exchange(file.troubled, true)) return "";
  return str("a line of the log cannot be written to its file in ", quoted(settings.folder), ": ",
             std::strerror(error));
}

std::string LogFiles::write(const LogSettings& settings, Severity severity, std::string_view line) {
  std::string trouble;
  for (int each = 1; each <= std::max(static_cast<int>(severity), 1); ++each) {
    const std::string found =
        write(settings, static_cast<Severity>(each), line, files_[static_cast<size_t>(each) - 1]);
    if (trouble.empty()) trouble = found;
  }
  return trouble;
}

void LogFiles::close() {
  for (File& file : files_) {
    if (file.descriptor >= 0) ::close(file.descriptor);
    file = File();
  }
}

}  // namespace caffe
