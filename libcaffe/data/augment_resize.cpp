#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "data/augment.hpp"

namespace caffe {

namespace {

Interpolation interpolation_of(const ResizeParameter& param, Rng& rng) {
  if (param.interp_mode.empty()) return Interpolation::kLinear;
  const size_t chosen = static_cast<size_t>(rng.below(param.interp_mode.size()));
  switch (param.interp_mode[chosen]) {
    case ResizeParameter::AREA:
      return Interpolation::kArea;
    case ResizeParameter::NEAREST:
      return Interpolation::kNearest;
    case ResizeParameter::CUBIC:
      return Interpolation::kCubic;
    case ResizeParameter::LANCZOS4:
      return Interpolation::kLanczos4;
    default:
      return Interpolation::kLinear;
  }
}

// In the middle of height x width, with what pad_mode says around it.
Pixels padded(const Pixels& image, int64_t height, int64_t width, const ResizeParameter& param) {
  const int64_t top = (height - image.height) / 2, left = (width - image.width) / 2;
  const size_t values = param.pad_value.size();
  if (values > 1 && static_cast<int64_t>(values) != image.channels) {
    fail(Status::kShape, "resize_param.pad_value is given ", values, " times, expected once or ",
         "once for each of the image's ", image.channels, " channels");
  }
  const auto source = [&](int64_t i, int64_t count) -> int64_t {
    if (i >= 0 && i < count) return i;
    if (param.pad_mode == ResizeParameter::MIRRORED) return mirrored_index(i, count);
    return param.pad_mode == ResizeParameter::REPEAT_NEAREST ? std::clamp<int64_t>(i, 0, count - 1)
                                                             : -1;
  };
  Pixels out(height, width, image.channels);
  for (int64_t y = 0; y < height; ++y) {
    const int64_t from_y = source(y - top, image.height);
    uint8_t* to = out.row(y);
    for (int64_t x = 0; x < width; ++x) {
      const int64_t from_x = source(x - left, image.width);
      for (int64_t c = 0; c < image.channels; ++c) {
        if (from_y >= 0 && from_x >= 0) {
          *to++ = image.row(from_y)[from_x * image.channels + c];
        } else {
          const auto i = static_cast<size_t>(values > 1 ? c : 0);
          *to++ = values == 0 ? 0 : to_byte(param.pad_value[i]);
        }
      }
    }
  }
  return out;
}

}  // namespace

void check_resize(const ResizeParameter& param) {
  if (param.height == 0 || param.width == 0) {
    fail(Status::kInvalidArgument, "resize_param has height ", param.height, " and width ",
         param.width, ", expected both");
  }
  if (param.center_object || param.max_angle != 0) {
    fail(Status::kUnsupported, "resize_param.", param.center_object ? "center_object" : "max_angle",
         " is not supported");
  }
}

Pixels resize(const Pixels& image, const ResizeParameter& param, Rng& rng) {
  const Interpolation interpolation = interpolation_of(param, rng);
  const int64_t height = param.height, width = param.width;
  if (param.resize_mode == ResizeParameter::WARP) {
    return resize(image, height, width, interpolation);
  }
  const bool large = param.resize_mode == ResizeParameter::FIT_LARGE_SIZE_AND_PAD;
  const float aspect = static_cast<float>(image.width) / static_cast<float>(image.height);
  const float wanted = static_cast<float>(width) / static_cast<float>(height);
  // One side is the one wanted, the other follows.
  const bool width_given = large ? aspect > wanted : aspect < wanted;
  const auto whole = [](float value) { return static_cast<int64_t>(std::floor(value)); };
  const int64_t new_height = width_given ? whole(static_cast<float>(width) / aspect) : height;
  const int64_t new_width = width_given ? width : whole(aspect * static_cast<float>(height));
  const Pixels out = resize(image, std::max<int64_t>(new_height, 1),
                            std::max<int64_t>(new_width, 1), interpolation);
  return large ? padded(out, height, width, param) : out;
}

}  // namespace caffe
