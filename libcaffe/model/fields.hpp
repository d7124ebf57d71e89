// The values of a YAML mapping by their keys, each read as what it has to be. What is wrong is
// kParse: "file:line: ...".
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "model/yaml.hpp"

namespace caffe {

class YamlFields {
 public:
  // `what` the mapping describes, for messages: "the card", "an input". `node` has to stay.
  YamlFields(const YamlNode& node, const std::string& file, std::string what);

  // The value of a key; null when it is not there or has none.
  const YamlNode* find(const std::string& key);

  // These give what a value is not given as; `required` ones fail then.
  std::string text(const std::string& key);
  std::string required_text(const std::string& key);
  // The name of a file beside the card, which leads nowhere else.
  std::string file_name(const std::string& key);
  float number(const std::string& key, float otherwise);

  // The mapping's keys that nobody has asked for, in warnings.
  void warn_of_others(const std::vector<std::string>& known_but_unused) const;

  template <class... Parts>
  [[noreturn]] void refuse(const YamlNode& node, const Parts&... parts) const {
    fail(Status::kParse, file_, ":", node.line, ": ", parts...);
  }

  // One value of its kind. `key` names it in messages.
  std::string any_text_of(const YamlNode& node, const std::string& key) const;
  std::string text_of(const YamlNode& node, const std::string& key) const;
  std::string file_name_of(const YamlNode& node, const std::string& key) const;
  float number_of(const YamlNode& node, const std::string& key) const;
  int64_t whole_number_of(const YamlNode& node, const std::string& key, int64_t least,
                          int64_t most) const;
  const std::vector<YamlNode>& list_of(const YamlNode& node, const std::string& key) const;

 private:
  [[noreturn]] void refuse_kind(const YamlNode& node, const std::string& key,
                                const std::string& expected) const;

  const YamlNode& node_;
  const std::string file_;
  const std::string what_;
  std::set<std::string> asked_;
};

}  // namespace caffe
