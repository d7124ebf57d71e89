// The readers of annotation files, XML and JSON: whatever the input, it ends in a value or an
// error.
#include "core/error.hpp"
#include "support/fuzz.hpp"
#include "tool/json_reader.hpp"
#include "tool/xml.hpp"

namespace caffe::test {

void fuzz_one(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find('<') != text.npos) {
    tool::parse_xml(text, "input");
  } else {
    tool::parse_json(text, "input");
  }
}

std::vector<std::string> fuzz_seeds() {
  return {"<?xml version='1.0'?><!DOCTYPE a><a b='c'><!--d--><e>&lt;&#65;<![CDATA[f]]></e><g/></a>",
          "{\"image\": {\"height\": 4}, \"annotation\": [{\"category_id\": 18, \"bbox\": [1, "
          "-2.5e3, 0, 4]}]}",
          "[\"\\ud83d\\ude00\\n\", true, false, null, []]"};
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {};
}

bool fuzz_change(std::string&, std::mt19937_64&) {
  return false;
}

}  // namespace caffe::test
