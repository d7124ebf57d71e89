// The format of an image file, told from its bytes.
#pragma once

#include <string_view>

namespace caffe {

enum class ImageFormat { kUnknown, kJpeg, kPng, kBmp, kPnm, kGif, kTiff, kWebp };

// By the first bytes of the file, whatever its name.
ImageFormat image_format(std::string_view file);
// "JPEG"; of kUnknown "unknown".
const char* format_name(ImageFormat format);

}  // namespace caffe
