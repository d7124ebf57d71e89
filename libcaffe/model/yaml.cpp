#include "model/yaml.hpp"

#include <algorithm>
#include <exception>

#include "core/error.hpp"
#include "core/modules.hpp"
#include "model/yaml_table.h"

namespace caffe {

namespace {

// Makes nodes of events.
class Builder {
 public:
  Builder(const std::string& file, int64_t before) : file_(file), before_(before) {
    root_.line = before + 1;  // of nothing
  }

  void take(const caffe_yaml_event& event) {
    if (event.kind == CAFFE_YAML_END) {
      open_.pop_back();
      return;
    }
    YamlNode node;
    node.line = event.line + before_ + 1;
    if (event.kind == CAFFE_YAML_SCALAR) {
      node.text.assign(event.value.data, event.value.size);
      node.quoted = event.quoted != 0;
    } else {
      node.kind =
          event.kind == CAFFE_YAML_SEQUENCE ? YamlNode::Kind::kSequence : YamlNode::Kind::kMapping;
      if (open_.size() == static_cast<size_t>(kDeepestYaml)) {
        refuse(node, str("more than ", kDeepestYaml, " lists and mappings within each other"));
      }
    }
    YamlNode* place = put(std::move(node));
    if (event.kind != CAFFE_YAML_SCALAR) open_.push_back(place);
  }

  YamlNode take_root() { return std::move(root_); }

 private:
  [[noreturn]] void refuse(const YamlNode& node, const std::string& text) const {
    fail(Status::kParse, file_, ":", node.line, ": ", text);
  }

  YamlNode* put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    YamlNode& parent = *open_.back();
    if (parent.kind == YamlNode::Kind::kSequence || parent.keys.size() > parent.items.size()) {
      return &parent.items.emplace_back(std::move(node));
    }
    if (node.kind != YamlNode::Kind::kScalar) refuse(node, "a key is a list or a mapping");
    const auto twice = std::find_if(parent.keys.begin(), parent.keys.end(),
                                    [&](const YamlNode& key) { return key.text == node.text; });
    if (twice != parent.keys.end()) {
      refuse(node, str("the key ", quoted(node.text), " is there already, in line ", twice->line));
    }
    return &parent.keys.emplace_back(std::move(node));
  }

  const std::string& file_;
  const int64_t before_;
  YamlNode root_;
  // Nobody adds to a vector while a node within is open but that node itself.
  std::vector<YamlNode*> open_;
};

struct Reading {
  Builder builder;
  std::exception_ptr failure;  // none may go through the module
};

int take(const caffe_yaml_event* event, void* user) {
  auto* reading = static_cast<Reading*>(user);
  try {
    reading->builder.take(*event);
    return 0;
  } catch (...) {
    reading->failure = std::current_exception();
    return 1;
  }
}

}  // namespace

bool YamlNode::is_null() const {
  return kind == Kind::kScalar && !quoted && (text.empty() || text == "~" || text == "null");
}

YamlNode parse_yaml(std::string_view text, const std::string& file, int64_t before) {
  if (text.size() > kMostYaml) {
    fail(Status::kParse, file, ":", before + 1, ": ", text.size(), " bytes of YAML, expected at ",
         "most ", kMostYaml);
  }
  const auto* table = static_cast<const caffe_yaml_table*>(
      module_table("yaml", CAFFE_YAML_TABLE_VERSION, "libyaml (Debian: libyaml-0-2)"));
  Reading reading{Builder(file, before), nullptr};
  caffe_yaml_error error{};
  const int status = table->parse({text.data(), text.size()}, take, &reading, &error);
  if (reading.failure != nullptr) std::rethrow_exception(reading.failure);
  if (status != 0) fail(Status::kParse, file, ":", error.line + before + 1, ": ", error.text);
  return reading.builder.take_root();
}

}  // namespace caffe
