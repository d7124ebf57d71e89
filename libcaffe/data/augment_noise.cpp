#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "data/augment.hpp"
#include "data/codecs.hpp"

namespace caffe {

namespace {

Pixels without_colors(const Pixels& image) {
  const Pixels gray = to_gray(image);
  Pixels out = image;
  for (size_t i = 0; i < out.values.size(); ++i) {
    out.values[i] = gray.values[i / static_cast<size_t>(image.channels)];
  }
  return out;
}

// Gauss, 7 x 7 with a standard deviation of 1.5.
Pixels blurred(const Pixels& image) {
  std::array<float, 7> weights;
  float sum = 0;
  for (int i = 0; i < 7; ++i) {
    const auto d = static_cast<float>(i - 3);
    sum += weights[static_cast<size_t>(i)] = std::exp(-d * d / (2 * 1.5f * 1.5f));
  }
  for (float& weight : weights) weight /= sum;
  const int64_t line = image.width * image.channels;
  std::vector<float> columns(image.values.size(), 0.0f);
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t k = 0; k < 7; ++k) {
      const uint8_t* row = image.row(mirrored_index(y + k - 3, image.height));
      float* to = columns.data() + y * line;
      for (int64_t i = 0; i < line; ++i) to[i] += weights[static_cast<size_t>(k)] * row[i];
    }
  }
  Pixels out = image;
  for (int64_t y = 0; y < image.height; ++y) {
    const float* row = columns.data() + y * line;
    for (int64_t i = 0; i < line; ++i) {
      const int64_t x = i / image.channels, c = i % image.channels;
      float value = 0;
      for (int64_t k = 0; k < 7; ++k) {
        value += weights[static_cast<size_t>(k)] *
                 row[mirrored_index(x + k - 3, image.width) * image.channels + c];
      }
      out.row(y)[i] = to_byte(value);
    }
  }
  return out;
}

// Each pixel is the smallest of itself and its four neighbours.
Pixels eroded(const Pixels& image) {
  Pixels out = image;
  const int64_t channels = image.channels, line = image.width * channels;
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* row = image.row(y);
    uint8_t* to = out.row(y);
    for (int64_t i = 0; i < line; ++i) {
      if (i >= channels) to[i] = std::min(to[i], row[i - channels]);
      if (i + channels < line) to[i] = std::min(to[i], row[i + channels]);
      if (y > 0) to[i] = std::min(to[i], image.row(y - 1)[i]);
      if (y + 1 < image.height) to[i] = std::min(to[i], image.row(y + 1)[i]);
    }
  }
  return out;
}

// Every brightness as often as any other, as far as that goes.
std::array<uint8_t, 256> equalizing(const std::vector<uint8_t>& values) {
  std::array<int64_t, 256> counts{};
  for (const uint8_t value : values) ++counts[value];
  size_t darkest = 0;
  while (darkest < 255 && counts[darkest] == 0) ++darkest;
  std::array<uint8_t, 256> table{};
  const int64_t others = static_cast<int64_t>(values.size()) - counts[darkest];
  if (others == 0) {
    for (size_t i = 0; i < 256; ++i) table[i] = static_cast<uint8_t>(i);
    return table;
  }
  int64_t sum = 0;
  for (size_t i = darkest + 1; i < 256; ++i) {
    sum += counts[i];
    table[i] = to_byte(255 * static_cast<float>(sum) / static_cast<float>(others));
  }
  return table;
}

// In colour images the brightness changes, and the differences of red and blue from it stay.
Pixels equalized(const Pixels& image) {
  Pixels out = image;
  if (image.channels == 1) {
    const auto table = equalizing(image.values);
    for (uint8_t& value : out.values) value = table[value];
    return out;
  }
  const Pixels gray = to_gray(image);
  const auto table = equalizing(gray.values);
  for (size_t i = 0; i < gray.values.size(); ++i) {
    const auto before = static_cast<float>(gray.values[i]);
    const auto after = static_cast<float>(table[gray.values[i]]);
    uint8_t* pixel = &out.values[3 * i];
    const float blue = static_cast<float>(pixel[0]) - before;
    const float red = static_cast<float>(pixel[2]) - before;
    pixel[0] = to_byte(after + blue);
    pixel[1] = to_byte(after - (0.299f * red + 0.114f * blue) / 0.587f);
    pixel[2] = to_byte(after + red);
  }
  return out;
}

void sprinkle(Pixels& image, const SaltPepperParameter& param, Rng& rng) {
  if (param.value.size() != 1 && static_cast<int64_t>(param.value.size()) != image.channels) {
    fail(Status::kShape, "saltpepper_param.value is given ", param.value.size(),
         " times, expected once or once for each of the image's ", image.channels, " channels");
  }
  const auto count = static_cast<int64_t>(param.fraction * static_cast<float>(image.width) *
                                          static_cast<float>(image.height));
  for (int64_t i = 0; i < count; ++i) {
    const auto x = static_cast<int64_t>(rng.below(static_cast<uint64_t>(image.width)));
    const auto y = static_cast<int64_t>(rng.below(static_cast<uint64_t>(image.height)));
    uint8_t* pixel = image.row(y) + x * image.channels;
    for (int64_t c = 0; c < image.channels; ++c) {
      pixel[c] = to_byte(param.value[param.value.size() == 1 ? 0 : static_cast<size_t>(c)]);
    }
  }
}

}  // namespace

void check_noise(const NoiseParameter& param) {
  if (param.clahe) fail(Status::kUnsupported, "noise_param.clahe is not supported");
  if (param.convert_to_lab) {
    fail(Status::kUnsupported, "noise_param.convert_to_lab is not supported");
  }
  if (param.jpeg > 0 && !(param.jpeg >= 1 && param.jpeg <= 100)) {
    fail(Status::kInvalidArgument, "noise_param.jpeg is ", param.jpeg, ", expected a quality of 1 ",
         "to 100");
  }
  const float fraction = param.saltpepper_param->fraction;
  if (param.saltpepper && !(fraction >= 0 && fraction <= 1)) {
    fail(Status::kInvalidArgument, "saltpepper_param.fraction is ", fraction, ", expected 0 to 1");
  }
}

Pixels add_noise(const Pixels& image, const NoiseParameter& param, Rng& rng) {
  if ((param.decolorize || param.hist_eq) && image.channels != 1 && image.channels != 3) {
    fail(Status::kShape, "noise_param.", param.decolorize ? "decolorize" : "hist_eq",
         " is for images of one or three channels, the image has ", image.channels);
  }
  Pixels out = param.decolorize ? without_colors(image) : image;
  if (param.gauss_blur) out = blurred(out);
  if (param.hist_eq) out = equalized(out);
  if (param.jpeg > 0) {
    out = decode_image(encode_image(out, "jpg", static_cast<int>(param.jpeg)), Colors::kAsStored);
  }
  if (param.erode) out = eroded(out);
  if (param.posterize) {
    for (uint8_t& value : out.values) value = static_cast<uint8_t>(value / 64 * 64 + 32);
  }
  if (param.inverse) {
    for (uint8_t& value : out.values) value = static_cast<uint8_t>(255 - value);
  }
  if (param.saltpepper) sprinkle(out, *param.saltpepper_param, rng);
  if (param.convert_to_hsv && out.channels == 3) to_hsv(out);
  return out;
}

}  // namespace caffe
