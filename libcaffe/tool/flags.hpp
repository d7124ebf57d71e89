// The command line's flags, in every spelling gflags takes: -name value, --name=value, -name,
// --noname.
#pragma once

#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace caffe::tool {

struct Flag {
  enum Kind { kText, kNumber, kSwitch };

  const char* name;
  Kind kind;
  const char* standard;  // what it is when not given
  const char* value;     // the word for its value in the help: "file"
  const char* help;
};

// glog's, which the command and all tools take, for the log.
inline constexpr Flag kLogFlags[] = {
    {"minloglevel", Flag::kNumber, "0", "number",
     "leave out log lines below: 1 warnings, 2 errors, 3 all"},
    {"log_dir", Flag::kText, "", "folder", "write the log to files there, too, as glog does"},
    {"stderrthreshold", Flag::kNumber, "0", "number", "log lines from here on are shown on stderr"},
    {"logtostderr", Flag::kSwitch, "false", "", "write the log to stderr only, not to files"},
    {"alsologtostderr", Flag::kSwitch, "true", "",
     "show all of the log on stderr beside the files"},
    {"colorlogtostderr", Flag::kSwitch, "false", "",
     "colours for warnings and errors on a terminal"},
    {"log_prefix", Flag::kSwitch, "true", "", "begin log lines with severity, time and place"},
    {"log_link", Flag::kText, "", "folder", "one more folder for links to the log's files"},
    {"max_log_size", Flag::kNumber, "1800", "MB", "begin another file when one is so large"},
    {"stop_logging_if_full_disk", Flag::kSwitch, "false", "",
     "give files up when the disk is full"},
    {"v", Flag::kNumber, "0", "number", "1 and above: debug lines, if there are any"},
    {"vmodule", Flag::kText, "", "modules", "taken for old scripts: modules are not told apart"},
    {"logbufsecs", Flag::kNumber, "0", "seconds", "taken for old scripts: lines are not kept back"},
    {"logbuflevel", Flag::kNumber, "0", "number", "the same"},
    {"log_backtrace_at", Flag::kText, "", "file:line",
     "taken for old scripts: files are others here"},
};
// gflags', which say where more flags are.
inline constexpr Flag kFlagSources[] = {
    {"flagfile", Flag::kText, "", "files", "files with more flags, one a line"},
    {"fromenv", Flag::kText, "", "names",
     "flags to take from variables FLAGS_name, which must be set"},
    {"tryfromenv", Flag::kText, "", "names", "the same where they are set"},
    {"undefok", Flag::kText, "", "names", "flags that need not be known"},
};

class Flags {
 public:
  // Besides glog's and gflags' own.
  explicit Flags(std::span<const Flag> known);

  // Fails on an unknown flag, a missing value, or one that is no number where one is due.
  void parse(int argc, const char* const* argv);

  bool given(const std::string& name) const { return values_.count(name) != 0; }
  std::string text(const std::string& name) const;
  int number(const std::string& name) const;
  bool on(const std::string& name) const;
  // The parts of a text between commas.
  std::vector<std::string> list(const std::string& name) const;

  // What is not a flag.
  const std::vector<std::string>& words() const { return words_; }
  // Flags that were given, in alphabetical order; not glog's and gflags'.
  std::vector<std::string> names() const;

 private:
  const Flag* find(const std::string& name) const;
  void set(const Flag& flag, const std::string& value);
  void parse(const std::vector<std::string>& words);
  void take_more(const Flag& flag);
  void read_flag_file(const std::string& path);
  void read_environment(const std::string& name, bool must_be_set);

  std::vector<Flag> known_;
  std::string program_;
  std::vector<std::string> open_sources_;  // flag files and variables that are being read
  std::map<std::string, std::string>
      unknown_;  // as they were written, and what may have been meant
  std::map<std::string, std::string> values_;
  std::vector<std::string> words_;
};

// nullopt unless all of the text is a number of type T, which fits.
template <class T = int>
std::optional<T> parsed_number(std::string_view text) {
  T number = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

// A line of help.
void print_flag(std::FILE* to, const Flag& flag);
// Those of glog's and gflags' flags.
void print_common_flags(std::FILE* to);

// Does what glog's flags and variables say about the log of `program`, a path perhaps. What none of
// them says is as in the original: stderr has all of it.
void set_up_log(const Flags& flags, const std::string& program);

}  // namespace caffe::tool
