#include "tool/annotation_files.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "schema/files.hpp"
#include "tool/data_tools.hpp"
#include "tool/json_reader.hpp"
#include "tool/xml.hpp"

namespace caffe::tool {

namespace {

constexpr const char* kName = "convert_annoset.cpp";

struct Sides {
  double height, width;
};

struct PixelBox {
  double xmin, ymin, xmax, ymax;
};

// What is being read, for errors and warnings.
struct Source {
  const std::string& path;
  const std::map<std::string, int32_t>& labels;
  Sides image;
};

// nullopt unless all of `text` is a finite number.
std::optional<double> number_in(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

int32_t label_of(const Source& source, int64_t line, const std::string& name) {
  const auto found = source.labels.find(name);
  if (found != source.labels.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& each : source.labels) names.push_back(each.first);
  fail(Status::kNotFound, source.path, line > 0 ? str(":", line) : "", ": ", quoted(name),
       " is not in the label map", did_you_mean(name, names));
}

// What the file says, unless it makes no sense.
Sides sides_of(const Source& source, std::optional<double> height, std::optional<double> width) {
  if (!height || !width || *height <= 0 || *width <= 0) {
    DATA_TOOL_LOG(kWarning, kName, source.path, " does not say how large the image is; it is ",
                  source.image.height, " x ", source.image.width);
    return source.image;
  }
  if (*height != source.image.height || *width != source.image.width) {
    DATA_TOOL_LOG(kWarning, kName, source.path, " says that the image is ", *height, " x ", *width,
                  ", it is ", source.image.height, " x ", source.image.width);
  }
  return {*height, *width};
}

// The boxes of each label, in the order in which the labels come.
class Groups {
 public:
  AnnotationGroup& of(int32_t label) {
    const auto [place, is_new] = places_.emplace(label, groups_.size());
    if (is_new) groups_.emplace_back().set_group_label(label);
    return groups_[place->second];
  }
  std::vector<AnnotationGroup> take() { return std::move(groups_); }

 private:
  std::vector<AnnotationGroup> groups_;
  std::map<int32_t, size_t> places_;
};

void add(const Source& source, const Sides& sides, int32_t label, const PixelBox& box,
         bool difficult, Groups& groups) {
  const bool leaves = std::min(box.xmin, box.xmax) < 0 || std::min(box.ymin, box.ymax) < 0 ||
                      std::max(box.xmin, box.xmax) > sides.width ||
                      std::max(box.ymin, box.ymax) > sides.height;
  if (leaves) DATA_TOOL_LOG(kWarning, kName, source.path, " bounding box exceeds image boundary.");
  if (box.xmin > box.xmax || box.ymin > box.ymax) {
    DATA_TOOL_LOG(kWarning, kName, source.path, " bounding box irregular.");
  }
  AnnotationGroup& group = groups.of(label);
  const auto instance = static_cast<int32_t>(group.annotation.size());
  Annotation& annotation = group.annotation.emplace_back();
  annotation.set_instance_id(instance);
  NormalizedBBox& parts = annotation.bbox.mut();
  parts.set_xmin(static_cast<float>(box.xmin / sides.width));
  parts.set_ymin(static_cast<float>(box.ymin / sides.height));
  parts.set_xmax(static_cast<float>(box.xmax / sides.width));
  parts.set_ymax(static_cast<float>(box.ymax / sides.height));
  parts.set_difficult(difficult);
}

const XmlElement& needed_child(const Source& source, const XmlElement& of, const char* name) {
  const XmlElement* found = of.child(name);
  if (found != nullptr) return *found;
  fail(Status::kParse, source.path, ":", of.line, ": element ", quoted(of.name), " has no ",
       quoted(name));
}

double needed_number(const Source& source, const XmlElement& of, const char* name) {
  const XmlElement& element = needed_child(source, of, name);
  const auto number = number_in(element.text);
  if (number) return *number;
  fail(Status::kParse, source.path, ":", element.line, ": ", quoted(name), " is ",
       quoted(element.text), ", expected a number");
}

std::vector<AnnotationGroup> read_xml(const Source& source) {
  const XmlElement root = parse_xml(read_file(source.path), source.path);
  if (root.name != "annotation") {
    fail(Status::kParse, source.path, ": the first element is ", quoted(root.name),
         ", expected \"annotation\"");
  }
  std::optional<double> height, width;
  if (const XmlElement* size = root.child("size")) {
    if (const XmlElement* said = size->child("height")) height = number_in(said->text);
    if (const XmlElement* said = size->child("width")) width = number_in(said->text);
  }
  const Sides sides = sides_of(source, height, width);
  Groups groups;
  for (const XmlElement& object : root.children) {
    if (object.name != "object") continue;
    const XmlElement& name = needed_child(source, object, "name");
    const XmlElement& box = needed_child(source, object, "bndbox");
    const XmlElement* difficult = object.child("difficult");
    const int32_t label = label_of(source, name.line, name.text);
    add(source, sides, label,
        {needed_number(source, box, "xmin"), needed_number(source, box, "ymin"),
         needed_number(source, box, "xmax"), needed_number(source, box, "ymax")},
        difficult != nullptr && difficult->text == "1", groups);
  }
  return groups.take();
}

const JsonValue& needed_member(const std::string& where, const JsonValue& of, const char* name) {
  const JsonValue* found = of.member(name);
  if (found == nullptr) fail(Status::kParse, where, " has no ", quoted(name));
  return *found;
}

std::optional<double> number_in(const JsonValue* value) {
  return value != nullptr && value->kind == JsonValue::kNumber ? number_in(value->text)
                                                               : std::nullopt;
}

std::vector<AnnotationGroup> read_json(const Source& source) {
  const JsonValue root = parse_json(read_file(source.path), source.path);
  std::optional<double> height, width;
  if (const JsonValue* image = root.member("image")) {
    height = number_in(image->member("height"));
    width = number_in(image->member("width"));
  }
  const JsonValue& list = needed_member(source.path + ": the file", root, "annotation");
  if (list.kind != JsonValue::kList) {
    fail(Status::kParse, source.path, ": \"annotation\" is no list");
  }
  const Sides sides = sides_of(source, height, width);
  Groups groups;
  for (const JsonValue& each : list.items) {
    const std::string where = str(source.path, ": annotation ", &each - list.items.data());
    const JsonValue& name = needed_member(where, each, "category_id");
    const JsonValue& box = needed_member(where, each, "bbox");
    std::vector<double> sizes;
    for (const JsonValue& item : box.items) {
      if (const auto number = number_in(&item)) sizes.push_back(*number);
    }
    if (sizes.size() != 4 || box.items.size() != 4) {
      fail(Status::kParse, where, ": \"bbox\" is no list of four numbers, x, y, width and height");
    }
    const JsonValue* crowd = each.member("iscrowd");
    const bool is_crowd = crowd != nullptr && (crowd->text == "true" || number_in(crowd) > 0.0);
    add(source, sides, label_of(source, 0, name.text),
        {sizes[0], sizes[1], sizes[0] + sizes[2], sizes[1] + sizes[3]}, is_crowd, groups);
  }
  return groups.take();
}

std::vector<AnnotationGroup> read_txt(const Source& source) {
  std::istringstream lines(read_file(source.path));
  Groups groups;
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line);
    std::vector<double> values;
    size_t count = 0;
    for (std::string word; words >> word; ++count) {
      if (const auto value = number_in(word)) values.push_back(*value);
    }
    if (count == 0) continue;
    const bool is_label = values.size() == 5 && count == 5 && values[0] == std::rint(values[0]) &&
                          std::abs(values[0]) <= INT32_MAX;
    if (!is_label) {
      fail(Status::kParse, source.path, ":", number,
           ": expected five numbers: a label, xmin, ymin, xmax and ymax");
    }
    add(source, source.image, static_cast<int32_t>(values[0]),
        {values[1], values[2], values[3], values[4]}, false, groups);
  }
  return groups.take();
}

}  // namespace

AnnotationFormat annotation_format(const std::string& word) {
  if (word == "xml") return AnnotationFormat::kXml;
  if (word == "json") return AnnotationFormat::kJson;
  if (word == "txt") return AnnotationFormat::kTxt;
  fail(Status::kInvalidArgument, "-label_type is xml, json or txt, not ", quoted(word));
}

std::map<std::string, int32_t> read_label_map(const std::string& path, bool strict) {
  LabelMap map;
  read_text_file(path, map);
  if (map.item.empty()) fail(Status::kParse, path, ": there is no item in this label map");
  std::map<std::string, int32_t> labels;
  for (const LabelMapItem& item : map.item) {
    if (strict && labels.count(item.name) != 0) {
      fail(Status::kParse, path, ": there are several items of the name ", quoted(item.name));
    }
    labels[item.name] = item.label;
  }
  return labels;
}

std::vector<AnnotationGroup> read_annotations(const std::string& path, AnnotationFormat format,
                                              const std::map<std::string, int32_t>& labels,
                                              int64_t height, int64_t width) {
  const Source source{path, labels, {static_cast<double>(height), static_cast<double>(width)}};
  switch (format) {
    case AnnotationFormat::kXml:
      return read_xml(source);
    case AnnotationFormat::kJson:
      return read_json(source);
    case AnnotationFormat::kTxt:
      return read_txt(source);
  }
  return {};
}

}  // namespace caffe::tool
