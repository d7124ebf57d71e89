#include "tool/flags.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "core/log.hpp"
#include "solver/settings.hpp"

namespace caffe::tool {

namespace {

bool is_true(const std::string& text) {
  return text == "true" || text == "t" || text == "1" || text == "yes" || text == "y";
}

bool is_false(const std::string& text) {
  return text == "false" || text == "f" || text == "0" || text == "no" || text == "n";
}

bool parse_number(const std::string& text, int& number) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

}  // namespace

const Flag* Flags::find(const std::string& name) const {
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Flag& flag) { return name == flag.name; });
  return found == known_.end() ? nullptr : &*found;
}

void Flags::set(const Flag& flag, const std::string& value) {
  int number;
  if (flag.kind == Flag::kNumber && !parse_number(value, number)) {
    fail(Status::kInvalidArgument, "flag -", flag.name, " takes a whole number, not ",
         quoted(value));
  }
  if (flag.kind == Flag::kSwitch && !is_true(value) && !is_false(value)) {
    fail(Status::kInvalidArgument, "flag -", flag.name, " is true or false, not ", quoted(value));
  }
  values_[flag.name] = value;
}

void Flags::parse(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") {
      words_.insert(words_.end(), argv + i + 1, argv + argc);
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
      fail(Status::kInvalidArgument, "unknown flag ", word.substr(0, equals),
           did_you_mean(name, names));
    }
    if (equals != std::string::npos) {
      set(*flag, word.substr(equals + 1));
    } else if (flag->kind == Flag::kSwitch) {
      set(*flag, "true");
    } else if (i + 1 < argc) {
      set(*flag, argv[++i]);
    } else {
      fail(Status::kInvalidArgument, "flag -", flag->name, " needs a value (", flag->value, ")");
    }
  }
}

std::string Flags::text(const std::string& name) const {
  const auto found = values_.find(name);
  return found != values_.end() ? found->second : find(name)->standard;
}

int Flags::number(const std::string& name) const {
  int number = 0;
  parse_number(text(name), number);
  return number;
}

bool Flags::on(const std::string& name) const {
  return is_true(text(name));
}

std::vector<std::string> Flags::list(const std::string& name) const {
  return split_list(text(name));
}

std::vector<std::string> Flags::names() const {
  std::vector<std::string> names;
  for (const auto& value : values_) names.push_back(value.first);
  return names;
}

void print_flag(std::FILE* to, const Flag& flag) {
  const std::string left = str("-", flag.name, flag.value[0] == '\0' ? "" : " ", flag.value);
  const bool show = flag.standard[0] != '\0' && flag.kind != Flag::kSwitch;
  std::fprintf(to, "  %-24s %s%s\n", left.c_str(), flag.help,
               show ? str(" (default: ", flag.standard, ")").c_str() : "");
}

void set_log_level_of(const Flags& flags) {
  if (!flags.given("minloglevel")) return;
  // Info, warning and error count from 0 here, and from 1 in the library.
  set_log_level(static_cast<Severity>(std::min(flags.number("minloglevel") + 1, 4)));
}

}  // namespace caffe::tool
