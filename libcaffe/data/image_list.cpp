#include "data/image_list.hpp"

#include <charconv>
#include <filesystem>
#include <numeric>
#include <sstream>
#include <utility>

#include "core/error.hpp"
#include "core/file_kind.hpp"

namespace caffe {

namespace {
constexpr const char* kBlanks = " \t\r";

// body(line, number) for each line that is not empty, without the blanks at its end. `what` is for
// messages.
template <class Body>
void for_each_line(const char* what, const std::string& source, const Body& body) {
  std::string text = with_context([&] { return str("the ", what); },
                                  [&] { return read_text_only(source, str("a ", what)); });
  std::istringstream file(std::move(text));
  int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const size_t end = line.find_last_not_of(kBlanks);
    if (end == std::string::npos) continue;
    line.resize(end + 1);
    body(line, number);
  }
}

}  // namespace

std::vector<ListedImage> read_image_list(const std::string& source) {
  std::vector<ListedImage> images;
  for_each_line("list of images", source, [&](const std::string& line, int64_t number) {
    const size_t blank = line.find_last_of(kBlanks);
    const size_t last = blank == std::string::npos ? blank : line.find_last_not_of(kBlanks, blank);
    if (last == std::string::npos) {
      fail(Status::kParse, source, ":", number, ": expected a path, a blank and a label, found ",
           quoted(line));
    }
    images.push_back({line.substr(0, last + 1), line.substr(blank + 1), number});
  });
  if (images.empty()) fail(Status::kInvalidArgument, source, ": lists no image");
  return images;
}

std::vector<ListedImage> read_name_list(const std::string& source) {
  std::vector<ListedImage> names;
  for_each_line("list of names", source, [&](const std::string& line, int64_t number) {
    const size_t first = line.find_first_not_of(kBlanks);
    const size_t end = line.find_first_of(kBlanks, first);
    names.push_back({line.substr(first, end == std::string::npos ? end : end - first), "", number});
  });
  if (names.empty()) fail(Status::kInvalidArgument, source, ": has no name in it");
  return names;
}

int32_t class_label(const ListedImage& image) {
  int32_t label = 0;
  const std::string& text = image.label;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(Status::kParse, "expected a whole number for the label, found ", quoted(text));
  }
  return label;
}

std::string image_path(const std::string& root, const std::string& path) {
  const std::string together = root + path;
  if (root.empty() || root.ends_with('/') || path.starts_with('/')) return together;
  const std::string within = root + "/" + path;
  std::error_code ignored;
  const bool as_they_are =
      !std::filesystem::exists(within, ignored) && std::filesystem::exists(together, ignored);
  return as_they_are ? together : within;
}

EpochOrder::EpochOrder(int64_t count, bool shuffled, uint64_t seed, uint64_t stream)
    : count_(count), shuffled_(shuffled), seed_(seed), stream_(stream) {}

int64_t EpochOrder::at(int64_t position) {
  const int64_t epoch = position / count_, place = position % count_;
  if (!shuffled_) return place;
  if (epoch != epoch_) {
    order_.resize(static_cast<size_t>(count_));
    std::iota(order_.begin(), order_.end(), 0);
    Rng rng(seed_, stream_, static_cast<uint64_t>(epoch));
    shuffle(order_, rng);
    epoch_ = epoch;
  }
  return order_[static_cast<size_t>(place)];
}

}  // namespace caffe
