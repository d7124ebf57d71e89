// Images of 8-bit pixels, as files hold them: rows from top to bottom, the channels of a pixel
// together, in the order blue, green, red, alpha. Every operation makes a new image.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "data/transformer.hpp"

namespace caffe {

struct Pixels {
  Pixels() = default;
  // Black; fails when the size overflows or is negative.
  Pixels(int64_t height, int64_t width, int64_t channels);

  uint8_t* row(int64_t y) { return values.data() + y * width * channels; }
  const uint8_t* row(int64_t y) const { return values.data() + y * width * channels; }
  // What the transformer takes, borrowed.
  Image image() const;

  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> values;
};

// The part of an image, which must lie within it.
Pixels cut(const Pixels& image, int64_t top, int64_t left, int64_t height, int64_t width);

// What OpenCV's modes of these names make; linear and nearest to the bit, where 8-bit images allow
// it, the others to one grey level.
enum class Interpolation { kNearest, kLinear, kArea, kCubic, kLanczos4 };
Pixels resize(const Pixels& image, int64_t height, int64_t width,
              Interpolation interpolation = Interpolation::kLinear);

// Grey of one or three channels, alpha not looked at.
Pixels to_gray(const Pixels& image);

// The nearest value of a pixel, halves to the even one.
inline uint8_t to_byte(float value) {
  return static_cast<uint8_t>(std::clamp(std::nearbyint(value), 0.0f, 255.0f));
}

// Which of `count` pixels stands for the one at `i` when the image is continued as in mirrors at
// the middle of its first and last pixel.
int64_t mirrored_index(int64_t i, int64_t count);

// Left to right.
void mirror(Pixels& image);

}  // namespace caffe
