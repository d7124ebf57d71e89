// JSON text (RFC 8259) as values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caffe::tool {

struct JsonMember;

struct JsonValue {
  enum Kind { kNull, kBoolean, kNumber, kText, kList, kObject };

  Kind kind = kNull;
  std::string text;  // of a text, a number as it is written, "true" or "false"
  std::vector<JsonValue> items;
  std::vector<JsonMember> members;

  // The first member of that name; nullptr when there is none, or this is no object.
  const JsonValue* member(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// Fails with kParse, "file:line: ...".
JsonValue parse_json(std::string_view text, const std::string& file);

}  // namespace caffe::tool
