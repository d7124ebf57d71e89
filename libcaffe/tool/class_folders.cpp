#include "tool/class_folders.hpp"

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "core/lower_case.hpp"
#include "data/image_list.hpp"

namespace caffe::tool {

namespace fs = std::filesystem;

namespace {

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

bool is_image_name(const fs::path& path) {
  static constexpr const char* kEndings[] = {".jpg", ".jpeg", ".jpe",  ".png", ".bmp",
                                             ".dib", ".ppm",  ".pgm",  ".pbm", ".pnm",
                                             ".gif", ".tif",  ".tiff", ".webp"};
  const std::string ending = lower_case(path.extension().string());
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

std::vector<std::string> class_names(const fs::path& root, int64_t& others) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    if (is_hidden(entry.path())) continue;
    if (!entry.is_directory()) {
      ++others;
      continue;
    }
    names.push_back(entry.path().filename().string());
    if (names.back().find('\n') != std::string::npos) {
      fail(Status::kInvalidArgument, root.string(), ": the name of the folder ",
           quoted(names.back()), " has a line break, and the list of labels a line for each");
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The images of one class.
class ImageSearch {
 public:
  // `others` counts the files that are none.
  ImageSearch(fs::path root, int64_t& others)
      : root_(std::move(root)), others_(others), open_{fs::canonical(root_)} {}

  // In `folder`, a path below the root, and the folders in it, links to folders among them.
  void look_into(const fs::path& folder) {
    const fs::path place = fs::canonical(root_ / folder);
    // A link to a folder that it lies in leads round in circles.
    if (std::find(open_.begin(), open_.end(), place) != open_.end()) return;
    open_.push_back(place);
    for (const fs::directory_entry& entry : fs::directory_iterator(root_ / folder)) {
      if (is_hidden(entry.path())) continue;
      const fs::path path = folder / entry.path().filename();
      std::error_code ignored;  // of links that lead nowhere
      const fs::file_status status = entry.status(ignored);
      if (fs::is_directory(status)) {
        look_into(path);
      } else if (is_image_name(path) && may_be_read(status)) {
        paths_.push_back(path.string());
      } else {
        ++others_;
      }
    }
    open_.pop_back();
  }

  // By the order of their bytes.
  std::vector<std::string> take() {
    std::sort(paths_.begin(), paths_.end());
    return std::move(paths_);
  }

 private:
  // A link that leads nowhere is, for it is an error when the images are read.
  static bool may_be_read(const fs::file_status& status) {
    return fs::is_regular_file(status) || !fs::exists(status);
  }

  const fs::path root_;
  int64_t& others_;
  std::vector<fs::path>
      open_;  // the folder that is looked into, and those it is in, the root first
  std::vector<std::string> paths_;
};

}  // namespace

ClassFolders find_class_folders(const std::string& root) {
  ClassFolders found;
  try {
    found.names = class_names(root, found.others);
    for (const std::string& name : found.names) {
      const auto label = static_cast<int32_t>(&name - found.names.data());
      ImageSearch search(root, found.others);
      search.look_into(name);
      for (std::string& path : search.take()) {
        found.images.push_back({std::move(path), label});
      }
    }
  } catch (const fs::filesystem_error& error) {
    fail(Status::kIo, "cannot look into ", error.path1().string(), ": ", error.code().message());
  }
  if (found.names.empty()) {
    fail(Status::kInvalidArgument, root, ": has no folders, expected one for each class");
  }
  if (found.images.empty()) {
    fail(Status::kInvalidArgument, root, ": there are no images in its ", found.names.size(),
         " folders");
  }
  return found;
}

std::vector<ClassImage> split_off(std::vector<ClassImage>& images, int percent, uint64_t seed) {
  std::vector<bool> taken(images.size());
  for (size_t begin = 0, end = 0; begin < images.size(); begin = end) {
    const int32_t label = images[begin].label;
    while (end < images.size() && images[end].label == label) ++end;
    const auto count = static_cast<int64_t>(end - begin);
    EpochOrder order(count, true, seed, 1 + static_cast<uint64_t>(label));
    const int64_t wanted = std::min((count * percent + 50) / 100, count - 1);
    for (int64_t i = 0; i < wanted; ++i) taken[begin + static_cast<size_t>(order.at(i))] = true;
  }
  std::vector<ClassImage> rest, out;
  for (size_t i = 0; i < images.size(); ++i) (taken[i] ? out : rest).push_back(images[i]);
  images = std::move(rest);
  return out;
}

}  // namespace caffe::tool
