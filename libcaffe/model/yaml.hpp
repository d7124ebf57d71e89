// Values written as YAML, read through the module "yaml" (libyaml), opened at the first use.
//
// What a description needs: scalars, sequences and mappings from text to values. Anchors, aliases,
// tags, keys that come twice or are no text, more than kMostYaml bytes and deeper nesting than
// kDeepestYaml are refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caffe {

constexpr size_t kMostYaml = size_t{1} << 20;
constexpr int kDeepestYaml = 32;

struct YamlNode {
  enum class Kind { kScalar, kSequence, kMapping };

  Kind kind = Kind::kScalar;
  int64_t line = 0;               // in its file, counted from 1
  std::string text = {};          // of a scalar
  bool quoted = false;            // of a scalar: it can only be text
  std::vector<YamlNode> items{};  // of a sequence; of a mapping, by its keys
  std::vector<YamlNode> keys{};   // of a mapping: scalars

  // Whether there is no value: nothing behind the colon, "~" or "null".
  bool is_null() const;
};

// Nothing is a null scalar. `before` is how many lines of `file` come before the text, for the
// place in errors: "file:line: ...". Fails with kParse; with kUnsupported when the module is not
// installed.
YamlNode parse_yaml(std::string_view text, const std::string& file, int64_t before = 0);

}  // namespace caffe
