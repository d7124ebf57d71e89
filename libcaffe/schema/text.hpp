// Messages as text, protobuf's text format: prototxt files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/message.hpp"

namespace caffe {

struct TextOptions {
  // What errors call the text: a path, or whatever helps to find it.
  std::string file = "<text>";
  // Skip fields and enum values the schema does not know, with a line in `warnings` for each.
  bool lenient = false;
  std::vector<std::string>* warnings = nullptr;
  // Whether errors may tell the reader of that option.
  bool lenient_is_an_option = false;
};

// Reads `text` into `message`, which has to be fresh. Fails with kParse, "file:line:column: ...".
void parse_text(std::string_view text, Message& message, const TextOptions& options = {});

// The message as protobuf prints it: a field a line, sub-messages indented by two blanks.
std::string print_text(const Message& message);

// A float as protobuf prints it: with 6 digits when they read back as the same value, else with 9.
std::string print_float(float value);

}  // namespace caffe
