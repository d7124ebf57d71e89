// JPEG and PNG files. libjpeg and libpng are reached through the module "codecs", opened at the
// first use; without it every call here fails with kUnsupported. Any thread may call them.
#pragma once

#include <string>
#include <string_view>

#include "data/pixels.hpp"

namespace caffe {

enum class Colors {
  kAsStored,  // one channel, three or, with alpha, four
  kGray,
  kBgr,
};

// The image in a file's bytes; 16 bits become 8, and an orientation in EXIF is not looked at. Fails
// with kParse when they are no such file or a damaged one.
Pixels decode_image(std::string_view file, Colors colors);

// The same of a file; errors name it.
Pixels read_image(const std::string& path, Colors colors);

// The file's bytes for `format` "jpg", "jpeg" or "png", also with a dot in front and in capitals.
// `quality`, 1 to 100, is JPEG's; the default is OpenCV's.
std::string encode_image(const Pixels& image, std::string_view format, int quality = 95);

}  // namespace caffe
