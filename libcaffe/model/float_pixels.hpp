// Images of floats: what programs compute, or have from libraries that hold images so.
#pragma once

#include <cstdint>
#include <optional>

#include "data/pixels.hpp"

namespace caffe {

using FloatPixels = PixelsOf<float>;

// The image of bytes that it is, where every value is a whole number from 0 to 255.
std::optional<Pixels> as_bytes(const FloatPixels& image);

// OpenCV's linear mode for floats.
FloatPixels resize(const FloatPixels& image, int64_t height, int64_t width);

// Grey of one or three channels.
FloatPixels to_gray(const FloatPixels& image);

// The lightness of CIE's L*a*b*, 0 to 100, of one or three channels of sRGB (IEC 61966-2-1), white
// being D65.
FloatPixels to_lightness(const FloatPixels& image);

}  // namespace caffe
