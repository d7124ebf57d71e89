#include "layers/detection/result_files.hpp"

#include <cctype>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <sstream>

#include "core/error.hpp"
#include "core/files.hpp"
#include "schema/files.hpp"

namespace caffe {
namespace {

std::map<int64_t, std::string> read_label_map(const std::string& path) {
  LabelMap labels;
  read_text_file(path, labels);
  std::map<int64_t, std::string> names;
  for (const LabelMapItem& item : labels.item) {
    if (!names.emplace(item.label, item.name).second) {
      fail(Status::kParse, path, " has two names for label ", item.label);
    }
  }
  return names;
}

// Rounded to hundredths, as the formats have it.
double hundredths(float value) {
  return std::round(double{value} * 100) / 100;
}

// The corners in whole pixels, the second one from the first and the size, both cut.
std::string corners(const Box& box) {
  const auto cut = [](float value) { return static_cast<int64_t>(hundredths(value)); };
  const int64_t x = cut(box.xmin), y = cut(box.ymin);
  return str(x, " ", y, " ", x + cut(width(box)), " ", y + cut(height(box)));
}

// A whole or decimal number as JSON writes it; anything else is text.
bool is_number(const std::string& text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t first = at;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) ++at;
    return at - first;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const size_t first = at, whole = digits();
  if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
  if (at == text.size()) return true;
  return text[at++] == '.' && digits() > 0 && at == text.size();
}

std::string json(const std::string& text) {
  if (is_number(text)) return text;
  std::ostringstream out;
  out << '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out << '\\' << c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out << "\\u" << std::hex << std::setw(4) << std::setfill('0') << int{c};
    } else {
      out << c;
    }
  }
  out << '"';
  return out.str();
}

void write_file(const std::string& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace

ResultFiles::ResultFiles(const SaveOutputParameter& param, int64_t classes, int64_t background)
    : param_(param) {
  const std::string& format = param_.output_format;
  if (format != "VOC" && format != "COCO" && format != "ILSVRC") {
    fail(Status::kInvalidArgument, "save_output_param.output_format: ", quoted(format),
         " is none of VOC, COCO and ILSVRC");
  }
  names_ = with_context([] { return "save_output_param.label_map_file"; },
                        [&] { return read_label_map(param_.label_map_file); });
  for (int64_t label = 0; label < classes; ++label) {
    if (label != background && names_.count(label) == 0) {
      fail(Status::kNotFound, "save_output_param.label_map_file: ", param_.label_map_file,
           " has no name for label ", label);
    }
  }
  names_.erase(background);
  images_ = with_context([] { return "save_output_param.name_size_file"; },
                         [&] { return read_image_sizes(param_.name_size_file); });
  if (param_.has_num_test_image()) {
    if (param_.num_test_image == 0 || param_.num_test_image > images_.size()) {
      fail(Status::kInvalidArgument, "save_output_param.num_test_image: ", param_.num_test_image,
           " is not in 1 .. ", images_.size(), ", the images of ", param_.name_size_file);
    }
    images_.resize(param_.num_test_image);
  }
  std::error_code error;
  std::filesystem::create_directories(param_.output_directory, error);
  if (error) {
    fail(Status::kIo, "save_output_param.output_directory: cannot make ", param_.output_directory,
         ": ", error.message());
  }
}

void ResultFiles::add(const Detection* begin, const Detection* end) {
  const ResizeParameter* resize = param_.has_resize_param() ? &*param_.resize_param : nullptr;
  for (const Detection* each = begin; each != end; ++each) {
    entries_.push_back({next_, *each, to_pixels(each->box, images_[next_], resize)});
  }
  if (++next_ < images_.size()) return;
  write();
  next_ = 0;
  entries_.clear();
}

void ResultFiles::write() const {
  if (param_.output_format == "COCO") {
    write_json();
  } else {
    write_lines(param_.output_format == "VOC");
  }
}

std::string ResultFiles::path(const std::string& name) const {
  return (std::filesystem::path(param_.output_directory) / (param_.output_name_prefix + name))
      .string();
}

void ResultFiles::write_lines(bool by_class) const {
  std::map<std::string, std::ostringstream> files;
  if (!by_class) files[".txt"];
  for (const auto& [label, name] : names_) {
    if (by_class) files[name + ".txt"];
  }
  for (const Entry& entry : entries_) {
    const Detection& found = entry.detection;
    std::ostream& out = files[by_class ? names_.at(found.label) + ".txt" : ".txt"];
    out << images_[entry.image].name << " ";
    if (!by_class) out << found.label << " ";
    out << found.score << " " << corners(entry.pixels) << "\n";
  }
  for (const auto& [name, text] : files) write_file(path(name), text.str());
}

void ResultFiles::write_json() const {
  std::ostringstream out;
  out << std::setprecision(9) << "[";
  const char* separator = "\n";
  for (const Entry& entry : entries_) {
    const Box& box = entry.pixels;
    out << separator << "{\"image_id\": " << json(images_[entry.image].name)
        << ", \"category_id\": " << json(names_.at(entry.detection.label)) << ", \"bbox\": ["
        << hundredths(box.xmin) << ", " << hundredths(box.ymin) << ", " << hundredths(width(box))
        << ", " << hundredths(height(box)) << "], \"score\": " << entry.detection.score << "}";
    separator = ",\n";
  }
  out << "\n]\n";
  write_file(path(".json"), out.str());
}

}  // namespace caffe
