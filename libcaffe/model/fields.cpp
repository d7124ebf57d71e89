#include "model/fields.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/log.hpp"

namespace caffe {

namespace {

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMapping:
      return "a mapping";
    default:
      return node.text.size() > 60 ? quoted(node.text.substr(0, 57) + "...") : quoted(node.text);
  }
}

// The whole text as a number; false when it is none.
template <class Number>
bool parse(const std::string& text, Number& number) {
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, number);
  return error == std::errc() && stopped == end && begin != end;
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7f;
}

}  // namespace

YamlFields::YamlFields(const YamlNode& node, const std::string& file, std::string what)
    : node_(node), file_(file), what_(std::move(what)) {
  if (node.kind == YamlNode::Kind::kMapping) return;
  refuse(node, what_, " is ", shown(node), ", expected a mapping, `key: value` in each line");
}

const YamlNode* YamlFields::find(const std::string& key) {
  asked_.insert(key);
  for (size_t i = 0; i < node_.keys.size(); ++i) {
    if (node_.keys[i].text == key) return node_.items[i].is_null() ? nullptr : &node_.items[i];
  }
  return nullptr;
}

std::string YamlFields::text(const std::string& key) {
  const YamlNode* node = find(key);
  return node == nullptr ? "" : text_of(*node, key);
}

std::string YamlFields::required_text(const std::string& key) {
  const YamlNode* node = find(key);
  if (node == nullptr) refuse(node_, what_, " has no ", key);
  return text_of(*node, key);
}

std::string YamlFields::file_name(const std::string& key) {
  const YamlNode* node = find(key);
  return node == nullptr ? "" : file_name_of(*node, key);
}

float YamlFields::number(const std::string& key, float otherwise) {
  const YamlNode* node = find(key);
  return node == nullptr ? otherwise : number_of(*node, key);
}

void YamlFields::warn_of_others(const std::vector<std::string>& known_but_unused) const {
  std::vector<std::string> known(asked_.begin(), asked_.end());
  known.insert(known.end(), known_but_unused.begin(), known_but_unused.end());
  for (const YamlNode& key : node_.keys) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    CAFFE_LOG(kWarning, file_, ":", key.line, ": ", what_, " has a key ", quoted(key.text),
              " that is not known, and passed over", did_you_mean(key.text, known));
  }
}

void YamlFields::refuse_kind(const YamlNode& node, const std::string& key,
                             const std::string& expected) const {
  refuse(node, key, " is ", shown(node), ", expected ", expected);
}

std::string YamlFields::text_of(const YamlNode& node, const std::string& key) const {
  if (node.kind == YamlNode::Kind::kScalar && node.text.empty()) refuse_kind(node, key, "text");
  return any_text_of(node, key);
}

std::string YamlFields::any_text_of(const YamlNode& node, const std::string& key) const {
  if (node.kind != YamlNode::Kind::kScalar) refuse_kind(node, key, "text");
  if (node.text.find('\0') != std::string::npos) {
    refuse(node, key, " has a zero byte in it, expected text");
  }
  return node.text;
}

std::string YamlFields::file_name_of(const YamlNode& node, const std::string& key) const {
  const bool fits = node.kind == YamlNode::Kind::kScalar && !node.text.empty() &&
                    node.text.size() <= 255 && node.text != "." && node.text != ".." &&
                    node.text.find_first_of("/\\:") == std::string::npos &&
                    std::none_of(node.text.begin(), node.text.end(), is_control);
  if (!fits) refuse_kind(node, key, "the name of a file in the model's folder, without a path");
  return node.text;
}

float YamlFields::number_of(const YamlNode& node, const std::string& key) const {
  float number = 0;
  const bool fits = node.kind == YamlNode::Kind::kScalar && !node.quoted &&
                    parse(node.text, number) && std::isfinite(number);
  if (!fits) refuse_kind(node, key, "a number");
  return number;
}

int64_t YamlFields::whole_number_of(const YamlNode& node, const std::string& key, int64_t least,
                                    int64_t most) const {
  int64_t number = 0;
  const bool fits =
      node.kind == YamlNode::Kind::kScalar && !node.quoted && parse(node.text, number);
  if (!fits || number < least || number > most) {
    refuse_kind(node, key, str("a whole number from ", least, " to ", most));
  }
  return number;
}

const std::vector<YamlNode>& YamlFields::list_of(const YamlNode& node,
                                                 const std::string& key) const {
  if (node.kind != YamlNode::Kind::kSequence) refuse_kind(node, key, "a list");
  return node.items;
}

}  // namespace caffe
