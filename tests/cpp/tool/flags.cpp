// Every spelling of a flag, and those that are refused.
#include "tool/flags.hpp"

#include <cstdlib>

#include "support/check.hpp"
#include "support/folder.hpp"

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

void check_refused(const std::vector<const char*>& words, const std::string& part) {
  CHECK_FAILS(Status::kInvalidArgument, part, parsed(words));
}

TEST(flags_numbers_are_all_of_their_text) {
  CHECK(parsed_number("-12") == -12);
  CHECK(parsed_number<float>("-1.5e2") == -150.0f);
  CHECK(parsed_number<uint64_t>("18446744073709551615") == UINT64_MAX);
  for (const char* text : {"", "1 ", "1.5", "0x1", "2147483648"}) CHECK(!parsed_number(text));
  for (const char* text : {"", "1.5.", "x", "1e99"}) CHECK(!parsed_number<float>(text));
  CHECK(!parsed_number<uint64_t>("-1"));
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
  CHECK(parsed({"--lenient=True"}).on("lenient"));
  CHECK(!parsed({"-lenient", "--lenient=NO"}).on("lenient"));
  check_refused({"-lenient=on"}, "true or false, not \"on\"");
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

TEST(flags_from_a_file) {
  const caffe::test::Folder folder;
  const std::string inner = folder.file("inner", "--lenient\n");
  const std::string path = folder.file(
      "flags",
      "# what we always say\n\n  --solver=a b  \nother\n-iterations=1\nothe* caf*\n-flagfile=" +
          inner + "\n");
  const std::string flag = "-flagfile=" + path;
  const Flags flags = parsed({"-iterations=7", flag.c_str(), "train"});
  CHECK_EQ(flags.text("solver"), "a b");
  CHECK_EQ(flags.number("iterations"), 7);  // that is for another program
  CHECK(flags.on("lenient"));
  CHECK(parsed({flag.c_str(), "--nolenient"}).on("lenient") == false);
  CHECK(flags.names() == (std::vector<std::string>{"iterations", "lenient", "solver"}));
}

TEST(flag_files_that_are_refused) {
  const caffe::test::Folder folder;
  check_refused({"-flagfile"}, "needs a value");
  CHECK_FAILS(Status::kIo, "-flagfile: cannot read \"no\"", parsed({"-flagfile=no"}));
  const std::string bad = "-flagfile=" + folder.file("bad", "\n-iterations=x\n");
  check_refused({bad.c_str()}, "bad:2: flag -iterations takes a whole number");
  const std::string itself = "-flagfile=" + folder.file("itself");
  folder.file("itself", itself + "\n");
  check_refused({itself.c_str()}, "is read within itself");
}

TEST(flags_from_the_environment) {
  ::setenv("FLAGS_solver", "a b", 1);
  ::unsetenv("FLAGS_iterations");
  CHECK_EQ(parsed({"-fromenv=solver"}).text("solver"), "a b");
  CHECK_EQ(parsed({"-tryfromenv=iterations,solver"}).text("solver"), "a b");
  check_refused({"-fromenv=iterations"}, "there is no variable FLAGS_iterations");
  ::unsetenv("FLAGS_solver");
  for (const char* name : {"FLAGS_fromenv", "FLAGS_tryfromenv"}) {
    ::setenv(name, "fromenv,tryfromenv", 1);
  }
  check_refused({"-fromenv=fromenv"}, "the variable FLAGS_fromenv is read within itself");
  ::unsetenv("FLAGS_fromenv");
  check_refused({"-tryfromenv=tryfromenv"}, "the variable FLAGS_tryfromenv is read within itself");
  ::unsetenv("FLAGS_tryfromenv");
}

TEST(flags_that_need_not_be_known) {
  CHECK_EQ(parsed({"-slover=x", "--other", "-undefok=other,slover", "-iterations=2"})
               .number("iterations"),
           2);
  CHECK(parsed({"-noother", "-undefok=other"}).words().empty());
  check_refused({"-slover=x", "-undefok=other"}, "unknown flag -slover");
}

TEST(flags_of_the_log_are_everybodys) {
  CHECK_EQ(parsed({"--log_dir=a"}).text("log_dir"), "a");
  CHECK(!parsed({"-noalsologtostderr"}).on("alsologtostderr"));
  check_refused({"-stderrthreshold=INFO"}, "takes a whole number");
  CHECK(parsed({"-v=1", "-vmodule=net=1"}).names().empty());
}

}  // namespace
}  // namespace caffe::tool
