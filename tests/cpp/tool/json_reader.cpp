#include "tool/json_reader.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

JsonValue parsed(const std::string& text) {
  return parse_json(text, "a.json");
}

TEST(json_errors_name_their_line) {
  CHECK_FAILS(Status::kParse, "a.json:2: expected four hexadecimal digits",
              parse_json("{\n \"a\": \"\\u1\n\n\n\"}", "a.json"));
}

TEST(json_values) {
  const JsonValue root = parsed(
      " {\"a\": [1, -2.5e+3, 0, true, null, \"x\\n\\u0041\\ud83d\\ude00\\/\"], \"b\": {}, \"a\": "
      "2}\n");
  CHECK(root.kind == JsonValue::kObject);
  const JsonValue& list = *root.member("a");
  CHECK_EQ(list.items.size(), 6u);
  CHECK(list.items[0].kind == JsonValue::kNumber);
  CHECK_EQ(list.items[1].text, "-2.5e+3");
  CHECK(list.items[3].kind == JsonValue::kBoolean);
  CHECK(list.items[4].kind == JsonValue::kNull);
  CHECK_EQ(list.items[5].text, "x\nA\xF0\x9F\x98\x80/");
  CHECK(root.member("b")->members.empty());
  CHECK(root.member("c") == nullptr);
  CHECK(list.member("a") == nullptr);
  CHECK(parsed("[]").items.empty());
}

TEST(json_that_is_none) {
  for (const auto& each : std::vector<std::pair<std::string, std::string>>{
           {"", "a.json:1: expected a value"},
           {"[1 2]", "expected , or ]"},
           {"[1,]", "expected a value"},
           {"{\"a\" 1}", "expected : behind \"a\""},
           {"{a: 1}", "expected the name of a member"},
           {"{\"a\": 1,\n}", "a.json:2: expected the name of a member"},
           {"01", "something stands behind"},
           {"1.", "expected a value"},
           {"1e", "expected a value"},
           {"-", "expected a value"},
           {"NaN", "expected a value"},
           {"'a'", "expected a value"},
           {"\"a\nb\"", "does not end on its line"},
           {"\"a", "does not end"},
           {"\"\\x\"", "has no meaning"},
           {"\"\\u12g4\"", "four hexadecimal digits"},
           {"\"\\ud800\"", "no character"},
           {"\"\\ud800\\u0041\"", "no character"},
           {"1 // one", "something stands behind"},
       }) {
    CHECK_FAILS(Status::kParse, each.second, parsed(each.first));
  }
}

TEST(json_does_not_nest_without_an_end) {
  CHECK_FAILS(Status::kParse, "within each other", parsed(std::string(100000, '[')));
}

TEST(json_cut_anywhere_is_refused) {
  const std::string text = "{\"a\": [\"b\\u0041\", {\"c\": null}]}";
  for (size_t i = 0; i < text.size(); ++i)
    CHECK_FAILS(Status::kParse, "a.json:1", parsed(text.substr(0, i)));
}

}  // namespace
}  // namespace caffe::tool
