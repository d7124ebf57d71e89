// Values as JSON text.
#include "tool/json.hpp"

#include <cmath>

#include "support/check.hpp"

namespace caffe::tool {
namespace {

TEST(json_text_escapes_what_it_must) {
  CHECK_EQ(json(std::string("a\"\\\n\x01\xC3\xA9")), R"("a\"\\\u000a\u0001)"
                                                     "\xC3\xA9\"");
  CHECK_EQ(json(std::string()), "\"\"");
}

TEST(json_numbers_are_null_where_it_has_none) {
  CHECK_EQ(json(int64_t{-9007199254740993}), "-9007199254740993");
  CHECK_EQ(json(0.1), "0.1");
  CHECK_EQ(json(1e30), "1e+30");
  CHECK_EQ(json(static_cast<double>(NAN)), "null");
  CHECK_EQ(json(-static_cast<double>(INFINITY)), "null");
}

TEST(json_lists_and_objects_are_of_json) {
  CHECK_EQ(json_list({}), "[]");
  CHECK_EQ(json_list({json(int64_t{1}), json(std::string("a"))}), "[1, \"a\"]");
  CHECK_EQ(json_object({}), "{}");
  CHECK_EQ(json_object({{"a", json_list({})}, {"b", "2"}}), "{\"a\": [], \"b\": 2}");
}

}  // namespace
}  // namespace caffe::tool
