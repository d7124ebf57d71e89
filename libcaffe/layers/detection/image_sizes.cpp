#include "layers/detection/image_sizes.hpp"

#include <sstream>

#include "core/error.hpp"
#include "core/file_kind.hpp"

namespace caffe {
namespace {

Box cut(const Box& box, float height, float width) {
  // What is no number becomes the end.
  const auto within = [](float value, float end) { return std::max(0.0f, std::min(end, value)); };
  return {within(box.xmin, width), within(box.ymin, height), within(box.xmax, width),
          within(box.ymax, height)};
}

Box scaled(const Box& box, float height, float width) {
  return {box.xmin * width, box.ymin * height, box.xmax * width, box.ymax * height};
}

bool is_side(int64_t pixels) {
  return pixels > 0 && pixels <= INT32_MAX;
}

// The part of the net's input that the image is in when the rest of it is padding.
Box part_of(const ResizeParameter& resize, float aspect) {
  const float h = static_cast<float>(resize.height), w = static_cast<float>(resize.width);
  if (aspect > w / h) {
    const float pad = (1 - w / aspect / h) / 2;
    return {0, pad, 1, 1 - pad};
  }
  const float pad = (1 - h * aspect / w) / 2;
  return {pad, 0, 1 - pad, 1};
}

}  // namespace

std::vector<ImageSize> read_image_sizes(const std::string& path) {
  std::istringstream lines(read_text_only(path, "a list of names and sizes"));
  std::vector<ImageSize> sizes;
  std::string line;
  for (int64_t number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    ImageSize size;
    std::string more;
    if (!(words >> size.name)) continue;
    if (!(words >> size.height >> size.width) || words >> more || !is_side(size.height) ||
        !is_side(size.width)) {
      fail(Status::kParse, path, ":", number, ": ", quoted(line),
           " is no line `name height width`");
    }
    sizes.push_back(std::move(size));
  }
  if (sizes.empty()) fail(Status::kParse, path, " holds no line `name height width`");
  return sizes;
}

Box to_pixels(const Box& box, const ImageSize& image, const ResizeParameter* resize) {
  const float h = static_cast<float>(image.height), w = static_cast<float>(image.width);
  if (resize != nullptr) {
    if (resize->height == 0 || resize->width == 0) {
      fail(Status::kInvalidArgument, "resize_param.height and width are not given");
    }
    if (resize->resize_mode == ResizeParameter::FIT_SMALL_SIZE && resize->height_scale != 0 &&
        resize->width_scale != 0) {
      const Box pixels = scaled(box, static_cast<float>(resize->height_scale),
                                static_cast<float>(resize->width_scale));
      return cut(pixels, h, w);
    }
    if (resize->resize_mode == ResizeParameter::FIT_LARGE_SIZE_AND_PAD) {
      const Box part = part_of(*resize, w / h);
      const Box in_image = {
          (box.xmin - part.xmin) / width(part), (box.ymin - part.ymin) / height(part),
          (box.xmax - part.xmin) / width(part), (box.ymax - part.ymin) / height(part)};
      return scaled(cut(in_image, 1, 1), h, w);
    }
  }
  return scaled(cut(box, 1, 1), h, w);
}

}  // namespace caffe
