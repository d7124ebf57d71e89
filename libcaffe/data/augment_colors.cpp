#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "data/augment.hpp"

namespace caffe {

void to_hsv(Pixels& image) {
  for (size_t i = 0; i < image.values.size(); i += 3) {
    uint8_t* pixel = &image.values[i];
    const int blue = pixel[0], green = pixel[1], red = pixel[2];
    const int value = std::max({blue, green, red});
    const int range = value - std::min({blue, green, red});
    float hue = 0;
    if (range > 0) {
      const int place = value == red     ? green - blue
                        : value == green ? blue - red + 2 * range
                                         : red - green + 4 * range;
      hue = 30 * static_cast<float>(place) / static_cast<float>(range);
      if (hue < 0) hue += 180;
    }
    pixel[0] = to_byte(hue);
    pixel[1] =
        value == 0 ? 0 : to_byte(255 * static_cast<float>(range) / static_cast<float>(value));
    pixel[2] = static_cast<uint8_t>(value);
  }
}

namespace {

// y = factor * x + shift for the channels from `first` on, `step` apart.
void adjust(Pixels& image, size_t first, size_t step, float factor, float shift) {
  std::array<uint8_t, 256> table;
  for (size_t i = 0; i < table.size(); ++i) {
    table[i] = to_byte(factor * static_cast<float>(i) + shift);
  }
  for (size_t i = first; i < image.values.size(); i += step) {
    image.values[i] = table[image.values[i]];
  }
}

void from_hsv(Pixels& image) {
  // Which of {value, without the colour, falling, rising} blue, green and red are.
  static constexpr size_t kParts[6][3] = {{1, 3, 0}, {1, 0, 2}, {3, 0, 1},
                                          {0, 2, 1}, {0, 1, 3}, {2, 1, 0}};
  for (size_t i = 0; i < image.values.size(); i += 3) {
    uint8_t* pixel = &image.values[i];
    const float hue = static_cast<float>(pixel[0]) / 30;
    const float saturation = static_cast<float>(pixel[1]) / 255;
    const auto value = static_cast<float>(pixel[2]);
    const float part = hue - std::floor(hue);
    const float levels[4] = {value, value * (1 - saturation), value * (1 - saturation * part),
                             value * (1 - saturation * (1 - part))};
    const size_t* parts = kParts[static_cast<size_t>(hue) % 6];
    for (size_t c = 0; c < 3; ++c) pixel[c] = to_byte(levels[parts[c]]);
  }
}

bool happens(float probability, Rng& rng) {
  return rng.uniform() < probability;
}

void change_contrast(Pixels& image, const DistortionParameter& param, Rng& rng) {
  if (!happens(param.contrast_prob, rng)) return;
  adjust(image, 0, 1, rng.uniform(param.contrast_lower, param.contrast_upper), 0);
}

void change_brightness(Pixels& image, const DistortionParameter& param, Rng& rng) {
  if (!happens(param.brightness_prob, rng)) return;
  adjust(image, 0, 1, 1, rng.uniform(-param.brightness_delta, param.brightness_delta));
}

void change_saturation_and_hue(Pixels& image, const DistortionParameter& param, Rng& rng) {
  if (happens(param.saturation_prob, rng)) {
    to_hsv(image);
    adjust(image, 1, 3, rng.uniform(param.saturation_lower, param.saturation_upper), 0);
    from_hsv(image);
  }
  if (happens(param.hue_prob, rng)) {
    to_hsv(image);
    adjust(image, 0, 3, 1, rng.uniform(-param.hue_delta, param.hue_delta));
    from_hsv(image);
  }
}

void change_order(Pixels& image, const DistortionParameter& param, Rng& rng) {
  if (!happens(param.random_order_prob, rng)) return;
  size_t order[3] = {0, 1, 2};
  shuffle(order, rng);
  for (size_t i = 0; i < image.values.size(); i += 3) {
    const uint8_t pixel[3] = {image.values[i], image.values[i + 1], image.values[i + 2]};
    for (size_t c = 0; c < 3; ++c) image.values[i + c] = pixel[order[c]];
  }
}

}  // namespace

void check_distortion(const DistortionParameter& param) {
  const auto check = [](bool good, const char* what, float low, float high) {
    if (good) return;
    fail(Status::kInvalidArgument, "distort_param.", what, " makes no sense: ", low, " to ", high);
  };
  const auto range = [](float low, float high) {
    return low >= 0 && high >= low && std::isfinite(high);
  };
  const auto delta = [](float value) { return value >= 0 && std::isfinite(value); };
  check(delta(param.brightness_delta), "brightness_delta", -param.brightness_delta,
        param.brightness_delta);
  check(range(param.contrast_lower, param.contrast_upper), "contrast_lower, contrast_upper",
        param.contrast_lower, param.contrast_upper);
  check(range(param.saturation_lower, param.saturation_upper), "saturation_lower, saturation_upper",
        param.saturation_lower, param.saturation_upper);
  check(delta(param.hue_delta), "hue_delta", -param.hue_delta, param.hue_delta);
}

Pixels distort(const Pixels& image, const DistortionParameter& param, Rng& rng) {
  if (image.channels != 3) {
    fail(Status::kShape, "distort_param is for images of three channels, the image has ",
         image.channels);
  }
  Pixels out = image;
  const bool contrast_first = rng.below(2) == 1;
  change_brightness(out, param, rng);
  if (contrast_first) change_contrast(out, param, rng);
  change_saturation_and_hue(out, param, rng);
  if (!contrast_first) change_contrast(out, param, rng);
  change_order(out, param, rng);
  return out;
}

}  // namespace caffe
