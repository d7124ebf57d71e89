#include "data/windows.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "core/file_kind.hpp"

namespace caffe {

namespace {

class WindowListReader {
 public:
  WindowListReader(const std::string& source, float object, float background)
      : source_(source), object_(object), background_(background) {}

  WindowList read() {
    std::istringstream file(
        with_context([] { return "the list of windows"; },
                     [&] { return read_text_only(source_, "a list of windows"); }));
    std::string hash, path;
    for (int64_t number = 0; file >> hash >> number;) {
      int64_t channels = 0, height = 0, width = 0, windows = 0;
      std::getline(file >> std::ws, path);
      if (hash != "#" || !(file >> channels >> height >> width >> windows)) fail_at(number);
      path.erase(path.find_last_not_of(" \t\r") + 1);
      if (channels != kWindowChannels) {
        fail(Status::kShape, source_, ": image ", number, " has ", channels, " channels, expected ",
             kWindowChannels);
      }
      list_.images.push_back(path);
      for (int64_t i = 0; i < windows; ++i) {
        Window one{list_.images.size() - 1, 0, 0, 0, 0, 0};
        float overlap = 0;
        if (!(file >> one.label >> overlap >> one.x1 >> one.y1 >> one.x2 >> one.y2)) {
          fail_at(number);
        }
        add(one, overlap, number, height, width);
      }
    }
    if (!file.eof()) fail_at(static_cast<int64_t>(list_.images.size()));
    if (list_.images.empty()) fail(Status::kInvalidArgument, source_, ": lists no image");
    return std::move(list_);
  }

 private:
  [[noreturn]] void fail_at(int64_t image) const {
    fail(Status::kParse, source_, ": image ", image, ": expected a hash and a number, a path, ",
         "channels, height, width, the number of windows, and six numbers for each");
  }

  void add(Window one, float overlap, int64_t number, int64_t height, int64_t width) {
    if (one.x1 < 0 || one.y1 < 0 || one.x2 < one.x1 || one.y2 < one.y1 || one.x2 >= width ||
        one.y2 >= height) {
      fail(Status::kInvalidArgument, source_, ": image ", number, ": the window ", one.x1, " ",
           one.y1, " ", one.x2, " ", one.y2, " is not within the image of ", height, " x ", width);
    }
    if (overlap >= object_) {
      if (one.label <= 0) {
        fail(Status::kInvalidArgument, source_, ": image ", number, ": a window of an object has ",
             "label ", one.label, ", expected one above 0");
      }
      list_.objects.push_back(one);
    } else if (overlap < background_) {
      one.label = 0;
      list_.background.push_back(one);
    }
  }

  const std::string& source_;
  const float object_, background_;
  WindowList list_;
};

// Where a window comes from in its image, and where it goes in the square.
struct WindowPlace {
  int64_t x1, y1, x2, y2;  // within the image, corners included
  int64_t height, width;   // in the square
  int64_t above = 0, before = 0;
};

WindowPlace place_of(const Pixels& image, const Window& window, const WindowCut& how,
                     bool mirrored) {
  WindowPlace place{window.x1, window.y1, window.x2, window.y2, how.side, how.side};
  if (how.context_pad == 0 && !how.square) return place;
  // The window with its context, which may reach beyond the image.
  const auto side = static_cast<float>(how.side);
  const float context = side / (side - 2 * static_cast<float>(how.context_pad));
  float half_height = static_cast<float>(window.y2 - window.y1 + 1) / 2;
  float half_width = static_cast<float>(window.x2 - window.x1 + 1) / 2;
  const float center_x = static_cast<float>(window.x1) + half_width;
  const float center_y = static_cast<float>(window.y1) + half_height;
  if (how.square) half_height = half_width = std::max(half_height, half_width);
  const auto whole = [](float value) { return static_cast<int64_t>(std::round(value)); };
  const int64_t x1 = whole(center_x - half_width * context);
  const int64_t x2 = whole(center_x + half_width * context);
  const int64_t y1 = whole(center_y - half_height * context);
  const int64_t y2 = whole(center_y + half_height * context);
  place.x1 = std::max<int64_t>(x1, 0);
  place.y1 = std::max<int64_t>(y1, 0);
  place.x2 = std::min(x2, image.width - 1);
  place.y2 = std::min(y2, image.height - 1);
  // How much of the square each part takes.
  const float scale_x = side / static_cast<float>(x2 - x1 + 1);
  const float scale_y = side / static_cast<float>(y2 - y1 + 1);
  const auto scaled = [&](int64_t count, float scale) {
    return whole(static_cast<float>(count) * scale);
  };
  place.before = mirrored ? scaled(x2 - place.x2, scale_x) : scaled(place.x1 - x1, scale_x);
  place.above = scaled(place.y1 - y1, scale_y);
  // Rounding may want one pixel more than there is.
  place.height = std::min(scaled(place.y2 - place.y1 + 1, scale_y), how.side - place.above);
  place.width = std::min(scaled(place.x2 - place.x1 + 1, scale_x), how.side - place.before);
  return place;
}

}  // namespace

WindowList read_window_list(const std::string& source, float object, float background) {
  return WindowListReader(source, object, background).read();
}

WindowPart window_part(const Pixels& image, const Window& window, const WindowCut& how,
                       bool mirrored) {
  const WindowPlace place = place_of(image, window, how, mirrored);
  if (place.height < 1 || place.width < 1) return {};
  WindowPart part{
      resize(cut(image, place.y1, place.x1, place.y2 - place.y1 + 1, place.x2 - place.x1 + 1),
             place.height, place.width),
      place.above, place.before};
  if (mirrored) mirror(part.pixels);
  return part;
}

}  // namespace caffe
