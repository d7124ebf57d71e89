#include "data/image_list.hpp"

#include <charconv>
#include <filesystem>
#include <numeric>
#include <sstream>
#include <utility>

#include "core/error.hpp"
#include "core/file_kind.hpp"

namespace caffe {

std::vector<ListedImage> read_image_list(const std::string& source) {
  std::string text = with_context([] { return "the list of images"; },
                                  [&] { return read_text_only(source, "a list of images"); });
  std::istringstream file(std::move(text));
  std::vector<ListedImage> images;
  constexpr const char* kBlanks = " \t\r";
  int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const size_t end = line.find_last_not_of(kBlanks);
    if (end == std::string::npos) continue;
    line.resize(end + 1);
    const size_t blank = line.find_last_of(kBlanks);
    const size_t last = blank == std::string::npos ? blank : line.find_last_not_of(kBlanks, blank);
    if (last == std::string::npos) {
      fail(Status::kParse, source, ":", number, ": expected a path, a blank and a label, found ",
           quoted(line));
    }
    images.push_back({line.substr(0, last + 1), line.substr(blank + 1), number});
  }
  if (images.empty()) fail(Status::kInvalidArgument, source, ": lists no image");
  return images;
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
    for (size_t i = order_.size(); i > 1; --i) {
      std::swap(order_[i - 1], order_[static_cast<size_t>(rng.below(i))]);
    }
    epoch_ = epoch;
  }
  return order_[static_cast<size_t>(place)];
}

}  // namespace caffe
