// docs/onnx.md says of every layer type that can be exported what it becomes.
#include "onnx/layer_nodes.hpp"

#include <algorithm>

#include "core/files.hpp"
#include "layers/base/registry.hpp"
#include "source_root.h"
#include "support/check.hpp"

using namespace caffe;

namespace {

// The words between backticks.
std::vector<std::string> code_words(const std::string& text) {
  std::vector<std::string> words;
  size_t begin = 0;
  while ((begin = text.find('`', begin)) != std::string::npos) {
    const size_t end = text.find('`', begin + 1);
    words.push_back(text.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return words;
}

// The types in the table's first column.
std::vector<std::string> types_in_table() {
  std::vector<std::string> types;
  std::istringstream lines(read_file(CAFFE_SOURCE_ROOT "/docs/onnx.md"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    for (const std::string& word : code_words(line.substr(0, line.find(" | ", 2))))
      types.push_back(word);
  }
  std::sort(types.begin(), types.end());
  return types;
}

}  // namespace

TEST(onnx_table_names_what_is_mapped) {
  std::vector<std::string> mapped = onnx::mapped_types();
  mapped.push_back("Split");  // has no mapping: it makes further names of one value
  for (const std::string& type : layer_registry().names()) {
    const LayerPurpose purpose = layer_registry().traits(type)->purpose;
    if (purpose != LayerPurpose::kComputes) mapped.push_back(type);  // an input, or left out
  }
  std::sort(mapped.begin(), mapped.end());
  CHECK_EQ(joined(types_in_table()), joined(mapped));
}

TEST(onnx_mappings_are_of_types_that_exist) {
  const std::vector<std::string> types = layer_registry().names();
  for (const std::string& type : onnx::mapped_types()) {
    CHECK_EQ(std::count(types.begin(), types.end(), type), 1);
  }
}
