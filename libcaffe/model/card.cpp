#include "model/card.hpp"

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "core/files.hpp"
#include "model/fields.hpp"

namespace caffe {

namespace {

namespace fs = std::filesystem;

constexpr char kReadme[] = "readme.md";
constexpr int64_t kMostPixels = 65535;  // along one side
constexpr int64_t kMostExtent = 2147483647;

// Keys of the format that are for others than the library.
const std::vector<std::string> kCardsOther = {
    "caffemodel_url", "license", "sha1",        "caffe_commit", "gist_id",
    "card",           "metrics", "license_url", "data",         "license_note",
    "paper",          "notes",   "conflicts",   "caffe_branch", "sources"};
const std::vector<std::string> kFilesOther = {"size", "sha256", "sha1", "md5",
                                              "urls", "pages",  "from", "note"};
const std::vector<std::string> kScoresOther = {"label"};

PixelOrder parse_order(const YamlFields& fields, const YamlNode& node) {
  const std::string text = fields.text_of(node, "order");
  if (text == "BGR") return PixelOrder::kBgr;
  if (text == "RGB") return PixelOrder::kRgb;
  if (text == "gray") return PixelOrder::kGray;
  if (text == "L") return PixelOrder::kLightness;
  fields.refuse(node, "order is ", caffe::quoted(text), ", expected BGR, RGB, gray or L");
}

// A number, or a list of them.
std::vector<float> parse_numbers(const YamlFields& fields, const YamlNode& node,
                                 const std::string& key) {
  if (node.kind == YamlNode::Kind::kScalar) return {fields.number_of(node, key)};
  std::vector<float> numbers;
  for (const YamlNode& one : fields.list_of(node, key))
    numbers.push_back(fields.number_of(one, key));
  if (numbers.empty()) fields.refuse(node, key, " is an empty list, expected numbers");
  return numbers;
}

// [height, width].
void parse_size(const YamlFields& fields, const YamlNode& node, const std::string& key,
                int64_t& height, int64_t& width) {
  const auto& list = fields.list_of(node, key);
  if (list.size() != 2) {
    fields.refuse(node, key, " has ", list.size(), " values, expected [height, width]");
  }
  height = fields.whole_number_of(list[0], key, 1, kMostPixels);
  width = fields.whole_number_of(list[1], key, 1, kMostPixels);
}

void parse_resize(YamlFields& fields, const std::string& file, CardInput& input) {
  const YamlNode* node = fields.find("resize");
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::kMapping) {
    parse_size(fields, *node, "resize", input.height, input.width);
    return;
  }
  YamlFields sides(*node, file, "resize");
  for (auto [key, side] : {std::pair{"shorter", &input.shorter}, {"longer", &input.longer}}) {
    const YamlNode* value = sides.find(key);
    if (value != nullptr) *side = sides.whole_number_of(*value, key, 1, kMostPixels);
  }
  if (input.shorter == 0 && input.longer == 0) {
    fields.refuse(*node, "resize has neither shorter nor longer");
  }
  sides.warn_of_others({});
}

CardInput parse_input(const YamlNode& node, const std::string& file) {
  YamlFields fields(node, file, "an input");
  CardInput input{fields.required_text("name")};
  if (const YamlNode* shape = fields.find("shape")) {
    for (const YamlNode& dim : fields.list_of(*shape, "shape")) {
      input.shape.push_back(fields.whole_number_of(dim, "shape", 0, kMostExtent));
    }
  }
  if (const YamlNode* order = fields.find("order")) input.order = parse_order(fields, *order);
  if (const YamlNode* mean = fields.find("mean")) {
    input.mean = parse_numbers(fields, *mean, "mean");
  }
  input.mean_file = fields.file_name("mean_file");
  input.scale = fields.number("scale", 1);
  if (input.scale <= 0) {
    fields.refuse(*fields.find("scale"), "scale is ", input.scale, ", expected a number above 0");
  }
  parse_resize(fields, file, input);
  if (const YamlNode* crop = fields.find("crop")) {
    if (crop->kind == YamlNode::Kind::kSequence) {
      parse_size(fields, *crop, "crop", input.crop_height, input.crop_width);
    } else {
      input.crop_height = input.crop_width = fields.whole_number_of(*crop, "crop", 1, kMostPixels);
    }
  }
  fields.warn_of_others({});
  return input;
}

// Which file is what; those that the card does not say keep their usual names.
void parse_files(YamlFields& card_fields, const std::string& file, ModelCard& card) {
  const YamlNode* files = card_fields.find("files");
  card.weights = card_fields.file_name("caffemodel");
  if (files == nullptr) return;
  std::map<std::string, std::string> first;  // by role
  for (const YamlNode& node : card_fields.list_of(*files, "files")) {
    YamlFields fields(node, file, "a file");
    fields.required_text("name");
    first.try_emplace(fields.text("role"), fields.file_name("name"));
    fields.warn_of_others(kFilesOther);
  }
  if (card.weights.empty()) card.weights = first["weights"];
  if (first.count("definition") != 0) card.definition = first["definition"];
}

void parse_labels(YamlFields& fields, ModelCard& card) {
  const YamlNode* node = fields.find("labels");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kScalar) {
    card.labels_file = fields.file_name("labels");
    return;
  }
  for (const YamlNode& label : fields.list_of(*node, "labels")) {
    // One may be empty: a class that has no name.
    card.labels.push_back(label.is_null() ? "" : fields.any_text_of(label, "a label"));
  }
}

CardExpected parse_expected(const YamlNode& node, const std::string& file) {
  YamlFields fields(node, file, "expected");
  CardExpected expected;
  fields.required_text("image");
  expected.image = fields.file_name("image");
  expected.output = fields.required_text("output");
  if (const YamlNode* top = fields.find("top")) {
    for (const YamlNode& one : fields.list_of(*top, "top")) {
      YamlFields score(one, file, "a value of top");
      const YamlNode *index = score.find("index"), *value = score.find("value");
      if (index == nullptr || value == nullptr) {
        fields.refuse(one, "a value of top needs an index and a value");
      }
      expected.top.push_back({score.whole_number_of(*index, "index", 0, kMostExtent),
                              score.number_of(*value, "value")});
      score.warn_of_others(kScoresOther);
    }
  }
  if (const YamlNode* values = fields.find("values")) {
    expected.values = parse_numbers(fields, *values, "values");
  }
  if (expected.top.empty() && expected.values.empty()) {
    fields.refuse(node, "expected says neither top nor values");
  }
  expected.tolerance = fields.number("tolerance", expected.tolerance);
  if (expected.tolerance <= 0) {
    fields.refuse(*fields.find("tolerance"), "tolerance is ", expected.tolerance,
                  ", expected a number above 0");
  }
  fields.warn_of_others({});
  return expected;
}

// The next line of `text` from `at` on, which goes behind it.
std::string_view next_line(std::string_view text, size_t& at) {
  const size_t end = std::min(text.find('\n', at), text.size());
  std::string_view line = text.substr(at, end - at);
  at = end + 1;
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

// What stands between the first line, three hyphens, and the next such line.
std::string_view front_matter(std::string_view text, const std::string& path) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  size_t at = 0;
  if (next_line(text, at) != "---") {
    fail(Status::kParse, path, ":1: expected a model card, whose first line is three hyphens and ",
         "begins its YAML");
  }
  const size_t begin = at;
  while (at < text.size()) {
    const size_t line_begin = at;
    const std::string_view line = next_line(text, at);
    if (line == "---") return text.substr(begin, line_begin - begin);
  }
  fail(Status::kParse, path, ":1: the card's YAML does not end: a second line of three hyphens is ",
       "missing");
}

}  // namespace

std::string ModelCard::path_of(const std::string& file) const {
  return (fs::path(folder) / file).string();
}

std::string ModelCard::path_of_present(const std::string& file) const {
  const std::string found = path_of(file);
  std::error_code ignored;
  if (fs::exists(found, ignored)) return found;
  const std::string called = fs::path(folder).filename().string();
  fail(Status::kIo, found, ": this file of the model is not there; `caffe zoo download ",
       called.empty() ? folder : called, "` or scripts/download_model_binary.py ", folder,
       " fetches what can be had");
}

ModelCard parse_model_card(std::string_view text, const std::string& path) {
  if (text.size() > kMostYaml) {
    fail(Status::kParse, path, ":1: the file has ", text.size(),
         " bytes, a model card has at most ", kMostYaml);
  }
  const YamlNode root = parse_yaml(front_matter(text, path), path, 1);
  YamlFields fields(root, path, "the card");
  ModelCard card;
  card.path = path;
  const fs::path folder = fs::path(path).parent_path();
  card.folder = folder.empty() ? std::string(".") : folder.string();
  card.name = fields.required_text("name");
  card.task = fields.text("task");
  parse_files(fields, path, card);
  if (const YamlNode* inputs = fields.find("inputs")) {
    for (const YamlNode& input : fields.list_of(*inputs, "inputs")) {
      card.inputs.push_back(parse_input(input, path));
    }
  }
  parse_labels(fields, card);
  if (const YamlNode* expected = fields.find("expected")) {
    card.expected = parse_expected(*expected, path);
  }
  card.dialect = fields.text("dialect");
  if (const YamlNode* trusted = fields.find("trusted_layers")) {
    for (const YamlNode& name : fields.list_of(*trusted, "trusted_layers")) {
      card.trusted_layers.push_back(fields.text_of(name, "trusted_layers"));
    }
  }
  fields.warn_of_others(kCardsOther);
  return card;
}

ModelCard read_model_card(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return parse_model_card(read_file(path), path);
  const std::string readme = (fs::path(path) / kReadme).lexically_normal().string();
  if (!fs::exists(readme, ignored)) {
    fail(Status::kIo, path, ": the folder has no ", kReadme,
         ", so that it is no model with a card");
  }
  return parse_model_card(read_file(readme), readme);
}

}  // namespace caffe
