#include "tool/flags.hpp"

#include <strings.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/log_settings.hpp"
#include "solver/settings.hpp"

namespace caffe::tool {

namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return word.size() == text.size() && ::strncasecmp(word.data(), text.data(), word.size()) == 0;
  });
}

bool is_true(const std::string& text) {
  return is_one_of(text, {"true", "t", "1", "yes", "y"});
}

bool is_false(const std::string& text) {
  return is_one_of(text, {"false", "f", "0", "no", "n"});
}

}  // namespace

const Flag* Flags::find(const std::string& name) const {
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Flag& flag) { return name == flag.name; });
  return found == known_.end() ? nullptr : &*found;
}

void Flags::set(const Flag& flag, const std::string& value) {
  if (flag.kind == Flag::kNumber && !parsed_number(value)) {
    fail(Status::kInvalidArgument, "flag -", flag.name, " takes a whole number, not ",
         quoted(value));
  }
  if (flag.kind == Flag::kSwitch && !is_true(value) && !is_false(value)) {
    fail(Status::kInvalidArgument, "flag -", flag.name, " is true or false, not ", quoted(value));
  }
  values_[flag.name] = value;
}

Flags::Flags(std::span<const Flag> known) : known_(known.begin(), known.end()) {
  known_.insert(known_.end(), std::begin(kLogFlags), std::end(kLogFlags));
  known_.insert(known_.end(), std::begin(kFlagSources), std::end(kFlagSources));
}

void Flags::parse(int argc, const char* const* argv) {
  program_ = argv[0];
  parse({argv + 1, argv + argc});
  // -undefok may stand behind what it is about.
  for (const std::string& name : list("undefok")) {
    unknown_.erase(name);
    unknown_.erase("no" + name);
  }
  if (unknown_.empty()) return;
  fail(Status::kInvalidArgument, unknown_.begin()->second);
}

void Flags::parse(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      words_.insert(words_.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      return;
    }
    if (word.size() < 2 || word[0] != '-') {
      words_.push_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    std::string name = word.substr(0, equals).substr(word[1] == '-' ? 2 : 1);
    std::replace(name.begin(), name.end(), '-', '_');
    const Flag* flag = find(name);
    if (flag == nullptr && name.starts_with("no")) {
      const Flag* negated = find(name.substr(2));
      if (negated != nullptr && negated->kind == Flag::kSwitch && equals == std::string::npos) {
        set(*negated, "false");
        continue;
      }
    }
    if (flag == nullptr) {
      std::vector<std::string> names;
      for (const Flag& each : known_) names.emplace_back(each.name);
      unknown_.emplace(name,
                       str("unknown flag ", word.substr(0, equals), did_you_mean(name, names)));
      continue;
    }
    if (equals != std::string::npos) {
      set(*flag, word.substr(equals + 1));
    } else if (flag->kind == Flag::kSwitch) {
      set(*flag, "true");
    } else if (i + 1 < words.size()) {
      set(*flag, words[++i]);
    } else {
      fail(Status::kInvalidArgument, "flag -", flag->name, " needs a value (", flag->value, ")");
    }
    take_more(*flag);
  }
}

std::string Flags::text(const std::string& name) const {
  const auto found = values_.find(name);
  return found != values_.end() ? found->second : find(name)->standard;
}

int Flags::number(const std::string& name) const {
  return parsed_number(text(name)).value_or(0);
}

bool Flags::on(const std::string& name) const {
  return is_true(text(name));
}

std::vector<std::string> Flags::list(const std::string& name) const {
  return split_list(text(name));
}

std::vector<std::string> Flags::names() const {
  const auto is_common = [](const std::string& name) {
    const auto named = [&](const Flag& flag) { return name == flag.name; };
    return std::any_of(std::begin(kLogFlags), std::end(kLogFlags), named) ||
           std::any_of(std::begin(kFlagSources), std::end(kFlagSources), named);
  };
  std::vector<std::string> names;
  for (const auto& value : values_) {
    if (!is_common(value.first)) names.push_back(value.first);
  }
  return names;
}

void print_flag(std::FILE* to, const Flag& flag) {
  const std::string left = str("-", flag.name, flag.value[0] == '\0' ? "" : " ", flag.value);
  const bool show = flag.standard[0] != '\0' && flag.kind != Flag::kSwitch;
  std::fprintf(to, "  %-24s %s%s\n", left.c_str(), flag.help,
               show ? str(" (default: ", flag.standard, ")").c_str() : "");
}

void print_common_flags(std::FILE* to) {
  std::fprintf(to, "\nflags of the log:\n");
  for (const Flag& flag : kLogFlags) print_flag(to, flag);
  std::fprintf(to, "\nflags for flags:\n");
  for (const Flag& flag : kFlagSources) print_flag(to, flag);
}

void set_up_log(const Flags& flags, const std::string& program) {
  LogSettings settings = LogSettings::from_environment();
  settings.program = program.substr(program.rfind('/') + 1);
  for (const Flag& flag : kLogFlags) {
    if (!flags.given(flag.name)) continue;
    const bool is_switch = flag.kind == Flag::kSwitch;
    settings.set(flag.name, is_switch ? flags.on(flag.name) ? "1" : "0" : flags.text(flag.name));
  }
  if (!settings.stderr_level && !settings.also_to_stderr) settings.also_to_stderr = true;
  set_log_settings(settings);
}

}  // namespace caffe::tool
