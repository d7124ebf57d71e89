// The command line's flags, in every spelling gflags takes: -name value, --name=value, -name,
// --noname.
#pragma once

#include <cstdio>
#include <map>
#include <span>
#include <string>
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

// What the command and the data tools take alike.
inline constexpr Flag kMinLogLevel = {"minloglevel", Flag::kNumber, "0", "number",
                                      "leave out log lines below: 1 warnings, 2 errors"};
inline constexpr Flag kLogToStderr = {"logtostderr", Flag::kSwitch, "true", "",
                                      "taken for old scripts: the log goes to stderr"};
inline constexpr Flag kAlsoLogToStderr = {"alsologtostderr", Flag::kSwitch, "true", "", "the same"};

class Flags {
 public:
  explicit Flags(std::span<const Flag> known) : known_(known) {}

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
  // Flags that were given, in alphabetical order.
  std::vector<std::string> names() const;

 private:
  const Flag* find(const std::string& name) const;
  void set(const Flag& flag, const std::string& value);

  std::span<const Flag> known_;
  std::map<std::string, std::string> values_;
  std::vector<std::string> words_;
};

// A line of help.
void print_flag(std::FILE* to, const Flag& flag);

// Does what -minloglevel says.
void set_log_level_of(const Flags& flags);

}  // namespace caffe::tool
