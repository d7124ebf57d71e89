#include "model/float_pixels.hpp"

#include <algorithm>
#include <cmath>

namespace caffe {

namespace {

// Where an output row or column comes from: two inputs, and how much of the second.
struct Tap {
  int64_t first, second;
  float part;
};

std::vector<Tap> linear_taps(int64_t from, int64_t to) {
  std::vector<Tap> taps;
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  for (int64_t i = 0; i < to; ++i) {
    const auto at = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
    const float floor = std::floor(at);
    const auto first = static_cast<int64_t>(floor);
    taps.push_back({std::clamp<int64_t>(first, 0, from - 1),
                    std::clamp<int64_t>(first + 1, 0, from - 1), at - floor});
  }
  return taps;
}

FloatPixels linear(const FloatPixels& image, int64_t height, int64_t width) {
  const std::vector<Tap> rows = linear_taps(image.height, height);
  const std::vector<Tap> columns = linear_taps(image.width, width);
  const int64_t channels = image.channels;
  FloatPixels narrow(image.height, width, channels), out(height, width, channels);
  for (int64_t y = 0; y < image.height; ++y) {
    const float* in = image.row(y);
    float* to = narrow.row(y);
    for (const Tap& tap : columns) {
      for (int64_t c = 0; c < channels; ++c) {
        *to++ = in[tap.first * channels + c] * (1 - tap.part) +
                in[tap.second * channels + c] * tap.part;
      }
    }
  }
  for (int64_t y = 0; y < height; ++y) {
    const Tap& tap = rows[static_cast<size_t>(y)];
    const float *a = narrow.row(tap.first), *b = narrow.row(tap.second);
    float* to = out.row(y);
    for (int64_t i = 0; i < width * channels; ++i) to[i] = a[i] * (1 - tap.part) + b[i] * tap.part;
  }
  return out;
}

// Blue, green and red weighed; of one channel all three are it.
template <class Weigh>
FloatPixels weighed(const FloatPixels& image, const Weigh& weigh) {
  FloatPixels out(image.height, image.width, 1);
  const float* in = image.values.data();
  const int64_t green = image.channels == 1 ? 0 : 1, red = image.channels == 1 ? 0 : 2;
  for (float& value : out.values) {
    value = weigh(in[0], in[green], in[red]);
    in += image.channels;
  }
  return out;
}

// What a value of sRGB, 0 to 255, is in light, 0 to 1.
double light_of(float value) {
  const double part = std::clamp(static_cast<double>(value) / 255, 0.0, 1.0);
  return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
}

}  // namespace

std::optional<Pixels> as_bytes(const FloatPixels& image) {
  const auto is_byte = [](float value) {
    return value >= 0 && value <= 255 && value == std::nearbyint(value);
  };
  if (!std::all_of(image.values.begin(), image.values.end(), is_byte)) return std::nullopt;
  Pixels bytes(image.height, image.width, image.channels);
  std::transform(image.values.begin(), image.values.end(), bytes.values.begin(), to_byte);
  return bytes;
}

FloatPixels resize(const FloatPixels& image, int64_t height, int64_t width) {
  check_resize(image, height, width);
  if (height == image.height && width == image.width) return image;
  const bool half = 2 * height == image.height && 2 * width == image.width;
  return half ? halved(image) : linear(image, height, width);
}

FloatPixels to_gray(const FloatPixels& image) {
  if (image.channels == 1) return image;
  return weighed(image, [](float blue, float green, float red) {
    return 0.114f * blue + 0.587f * green + 0.299f * red;
  });
}

FloatPixels to_lightness(const FloatPixels& image) {
  return weighed(image, [](float blue, float green, float red) {
    const double y =
        0.0721750 * light_of(blue) + 0.7151522 * light_of(green) + 0.2126729 * light_of(red);
    const double root = y > 216.0 / 24389 ? std::cbrt(y) : (24389.0 / 27 * y + 16) / 116;
    return static_cast<float>(116 * root - 16);
  });
}

}  // namespace caffe
