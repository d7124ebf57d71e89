// Every spelling of a flag, and those that are refused.
#include "tool/flags.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

constexpr Flag kKnown[] = {
    {"solver", Flag::kText, "", "file", ""},
    {"iterations", Flag::kNumber, "50", "number", ""},
    {"lenient", Flag::kSwitch, "false", "", ""},
    {"sigint_effect", Flag::kText, "stop", "effect", ""},
};

Flags parsed(std::vector<const char*> words) {
  words.insert(words.begin(), "caffe");
  Flags flags(kKnown);
  flags.parse(static_cast<int>(words.size()), words.data());
  return flags;
}

TEST(flags_in_every_spelling) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"train", "-solver", "a b"},
                                                                 {"-solver=a b", "train"},
                                                                 {"--solver", "a b", "train"},
                                                                 {"train", "--solver=a b"}}) {
    const Flags flags = parsed(words);
    CHECK_EQ(flags.text("solver"), "a b");
    CHECK(flags.words() == std::vector<std::string>{"train"});
  }
  CHECK_EQ(parsed({"-iterations", "-3"}).number("iterations"), -3);
  CHECK_EQ(parsed({"--sigint-effect=none"}).text("sigint_effect"), "none");
  CHECK_EQ(parsed({"-solver="}).text("solver"), "");
  CHECK_EQ(parsed({"-solver=a=b"}).text("solver"), "a=b");
}

TEST(flags_that_are_switches) {
  CHECK(!parsed({}).on("lenient"));
  CHECK(parsed({"-lenient"}).on("lenient"));
  CHECK(parsed({"--lenient=true"}).on("lenient"));
  CHECK(!parsed({"-lenient", "--nolenient"}).on("lenient"));
  CHECK(!parsed({"--lenient=false"}).on("lenient"));
  // A switch takes no word after it.
  CHECK(parsed({"-lenient", "train"}).words() == std::vector<std::string>{"train"});
}

TEST(flags_have_defaults) {
  CHECK_EQ(parsed({}).number("iterations"), 50);
  CHECK(!parsed({}).given("iterations"));
  CHECK(parsed({"-iterations=50"}).given("iterations"));
}

TEST(flags_end_at_two_dashes) {
  CHECK(parsed({"--", "-solver"}).words() == std::vector<std::string>{"-solver"});
}

void check_refused(const std::vector<const char*>& words, const std::string& part) {
  CHECK_FAILS(Status::kInvalidArgument, part, parsed(words));
}

TEST(flags_that_are_refused) {
  check_refused({"--slover=x"}, "unknown flag --slover; did you mean \"solver\"?");
  check_refused({"-zzzzzzzz"}, "unknown flag -zzzzzzzz");
  check_refused({"-solver"}, "flag -solver needs a value (file)");
  check_refused({"-iterations", "ten"}, "flag -iterations takes a whole number, not \"ten\"");
  check_refused({"-iterations=99999999999"}, "takes a whole number");
  check_refused({"-lenient=maybe"}, "is true or false, not \"maybe\"");
  check_refused({"-nosolver"}, "unknown flag -nosolver");
}

TEST(lists_in_flags) {
  CHECK(parsed({"-solver", "a,b"}).list("solver") == (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace caffe::tool
