// The values of a mapping, each as what it has to be.
#include "model/fields.hpp"

#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe::test {
namespace {

// A mapping whose lines are values of one key each; 10 lines come before it.
struct Mapping {
  explicit Mapping(const std::string& text)
      : node(parse_yaml(text, "card", 10)), fields(node, "card", "the card") {}
  YamlNode node;
  YamlFields fields;
};

template <class Read>
void refused(const std::string& value, const std::string& part, const Read& read) {
  Mapping mapping("key: " + value);
  CHECK_FAILS(Status::kParse, "card:11: key is " + part, read(mapping.fields));
}

TEST(fields_are_found_unless_they_have_no_value) {
  Mapping mapping("name: net\nnothing:\nnumber: +2.5\n");
  CHECK_EQ(mapping.fields.text("name"), "net");
  CHECK_EQ(mapping.fields.text("nothing"), "");
  CHECK_EQ(mapping.fields.number("number", 1), 2.5f);
  CHECK_EQ(mapping.fields.number("other", 1), 1.0f);
  CHECK_FAILS(Status::kParse, "the card has no other", mapping.fields.required_text("other"));
  CHECK_FAILS(Status::kParse, "card:11: the card is \"text\", expected a mapping", Mapping("text"));
}

TEST(fields_of_another_kind_are_refused_with_their_line) {
  refused("[a]", "a list, expected text", [](YamlFields& fields) { fields.text("key"); });
  refused("''", "\"\", expected text", [](YamlFields& fields) { fields.text("key"); });
  for (const char* bad : {"'1'", "1x", ".inf", "{a: 1}"}) {
    refused(bad, "", [](YamlFields& fields) { fields.number("key", 0); });
  }
  for (const char* bad : {"../a", "/etc/passwd", "'c:a'", "'.'", "[a]", "''"}) {
    refused(bad, "", [](YamlFields& fields) { fields.file_name("key"); });
  }
}

TEST(fields_whole_numbers_have_bounds) {
  const auto whole = [](const std::string& value) {
    Mapping mapping("key: " + value);
    return mapping.fields.whole_number_of(*mapping.fields.find("key"), "key", 1, 9);
  };
  CHECK_EQ(whole("9"), int64_t{9});
  for (const char* bad : {"0", "10", "1.5", "99999999999999999999", "'1'"}) {
    CHECK_FAILS(Status::kParse, "expected a whole number from 1 to 9", whole(bad));
  }
}

TEST(fields_that_nobody_asks_for_are_warned_of) {
  const Log log;
  Mapping mapping("name: a\nnmae: b\nlegacy: c\n");
  mapping.fields.text("name");
  mapping.fields.warn_of_others({"legacy"});
  CHECK_EQ(log.count("card:12: the card has a key \"nmae\""), 1);
  CHECK_EQ(log.count("did you mean \"name\"?"), 1);
  CHECK_EQ(log.count("legacy\""), 0);
}

}  // namespace
}  // namespace caffe::test
