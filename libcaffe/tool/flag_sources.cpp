// gflags' ways to give flags elsewhere than on the command line: -flagfile, -fromenv, -tryfromenv.
#include <fnmatch.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tool/flags.hpp"

namespace caffe::tool {

namespace {

std::string stripped(const std::string& line) {
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

// Whether a program is one of those that a line names, by patterns between blanks.
bool is_meant(const std::string& program, const std::string& patterns) {
  const std::string name = program.substr(program.rfind('/') + 1);
  std::istringstream words(patterns);
  for (std::string pattern; words >> pattern;) {
    if (::fnmatch(pattern.c_str(), program.c_str(), FNM_PATHNAME) == 0) return true;
    if (::fnmatch(pattern.c_str(), name.c_str(), FNM_PATHNAME) == 0) return true;
  }
  return false;
}

// While it lives, a file or variable is being read.
class OpenSource {
 public:
  OpenSource(std::vector<std::string>& open, const std::string& source) : open_(open) {
    if (std::find(open.begin(), open.end(), source) != open.end()) {
      fail(Status::kInvalidArgument, source, " is read within itself");
    }
    open.push_back(source);
  }
  ~OpenSource() { open_.pop_back(); }
  OpenSource(const OpenSource&) = delete;
  OpenSource& operator=(const OpenSource&) = delete;

 private:
  std::vector<std::string>& open_;
};

}  // namespace

void Flags::take_more(const Flag& flag) {
  const std::string name = flag.name;
  if (name == "flagfile") {
    for (const std::string& path : list("flagfile")) read_flag_file(path);
  } else if (name == "fromenv" || name == "tryfromenv") {
    for (const std::string& each : list(name)) read_environment(each, name == "fromenv");
  }
}

// A flag a line, as it stands on the command line with `=`. A line without a dash names the
// programs that those behind it are for.
void Flags::read_flag_file(const std::string& path) {
  const OpenSource open(open_sources_, "-flagfile " + path);
  std::istringstream lines(
      with_context([] { return "-flagfile"; }, [&] { return read_file(path); }));
  bool meant = true, in_names = false;
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = stripped(line);
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '-') {
      in_names = false;
      if (meant) with_context([&] { return str(path, ":", number); }, [&] { parse({line}); });
      continue;
    }
    // Several lines of names one behind the other are one list.
    meant = (in_names && meant) || is_meant(program_, line);
    in_names = true;
  }
}

void Flags::read_environment(const std::string& name, bool must_be_set) {
  const char* value = std::getenv(("FLAGS_" + name).c_str());
  if (value != nullptr) {
    const OpenSource open(open_sources_, "the variable FLAGS_" + name);
    parse({str("-", name, "=", value)});
  } else if (must_be_set) {
    fail(Status::kInvalidArgument, "-fromenv=", name, ": there is no variable FLAGS_", name,
         " in the environment");
  }
}

}  // namespace caffe::tool
