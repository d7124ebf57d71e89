// Characters as UTF-8, and numbers that are none.
#include "tool/utf8.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

std::string utf8(uint32_t code) {
  std::string text = ">";
  return append_utf8(code, text) ? text : "none" + text;
}

TEST(utf8_has_one_to_four_bytes) {
  CHECK_EQ(utf8('A'), ">A");
  CHECK_EQ(utf8(0xE9), ">\xC3\xA9");
  CHECK_EQ(utf8(0x20AC), ">\xE2\x82\xAC");
  CHECK_EQ(utf8(0x10FFFF), ">\xF4\x8F\xBF\xBF");
}

TEST(utf8_of_what_is_no_character_appends_nothing) {
  for (const uint32_t code : {0u, 0xD800u, 0xDFFFu, 0x110000u}) CHECK_EQ(utf8(code), "none>");
}

}  // namespace
}  // namespace caffe::tool
