// Small images for tests, and files of them.
#pragma once

#include <string>
#include <utility>

#include "data/codecs.hpp"
#include "support/folder.hpp"

namespace caffe::test {

// Values that count up from `first`, wrapping at 256.
inline Pixels counting(int64_t height, int64_t width, int64_t channels, int first = 0) {
  Pixels image(height, width, channels);
  for (uint8_t& value : image.values) value = static_cast<uint8_t>(first++);
  return image;
}

inline Pixels gray_pixels(int64_t height, int64_t width, std::vector<uint8_t> values) {
  Pixels image(height, width, 1);
  image.values = std::move(values);
  return image;
}

// Writes a PNG file and returns its path.
inline std::string make_png(const Folder& folder, const std::string& name, const Pixels& image) {
  return folder.file(name, encode_image(image, "png"));
}

}  // namespace caffe::test
