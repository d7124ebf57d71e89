// Image files: JPEG, PNG, BMP, PPM (and PGM, PBM), GIF, TIFF and WebP are read, JPEG and PNG
// written. libjpeg and libpng are reached through the module "codecs", libtiff and libwebp through
// one of their own, opened at the first use. Without "codecs" calls that need it fail with
// kUnsupported. Any thread may call what is here.
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
// with kParse when they are no such file, a damaged one, or one whose module is not installed.
//
// A JPEG file that is cut off or damaged within its pixels is an error, too, unless there is
// `damage`: then it is read as far as it goes and `damage` says what is wrong with it, nothing when
// nothing is.
Pixels decode_image(std::string_view file, Colors colors, std::string* damage = nullptr);

// The same of a file; errors name it.
Pixels read_image(const std::string& path, Colors colors, std::string* damage = nullptr);

// "jpg" or "png", of one of these names, or "jpeg", also with a dot in front and in capitals. Fails
// for what images are not written as.
std::string written_format(std::string_view format);

// The file's bytes for a `format` as above. `quality`, 1 to 100, is JPEG's; the default is
// OpenCV's.
std::string encode_image(const Pixels& image, std::string_view format, int quality = 95);

}  // namespace caffe
