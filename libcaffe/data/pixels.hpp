// Images of pixels, as files hold them: rows from top to bottom, the channels of a pixel together,
// in the order blue, green, red, alpha, with values from 0 to 255. Every operation makes a new
// image.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <vector>

#include "data/transformer.hpp"

namespace caffe {

template <class Value>  // uint8_t or float
struct PixelsOf {
  PixelsOf() = default;
  // Black; fails when the size overflows or is negative.
  PixelsOf(int64_t height, int64_t width, int64_t channels);

  Value* row(int64_t y) { return values.data() + y * width * channels; }
  const Value* row(int64_t y) const { return values.data() + y * width * channels; }
  // What the transformer takes, borrowed.
  Image image() const
    requires std::same_as<Value, uint8_t>;

  int64_t height = 0, width = 0, channels = 0;
  std::vector<Value> values;
};

using Pixels = PixelsOf<uint8_t>;

// Three channels of one, three or four.
template <class Value>
PixelsOf<Value> to_bgr(const PixelsOf<Value>& image);

// Half the size in both directions: the mean of four pixels.
template <class Value>
PixelsOf<Value> halved(const PixelsOf<Value>& image);

// Fails when the image cannot be made this large: it has no pixels, or would have none or too many.
template <class Value>
void check_resize(const PixelsOf<Value>& image, int64_t height, int64_t width);

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
