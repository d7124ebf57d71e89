#include "core/image_format.hpp"

#include <cctype>

namespace caffe {

ImageFormat image_format(std::string_view file) {
  using namespace std::string_view_literals;
  const auto begins = [&](std::string_view bytes) { return file.starts_with(bytes); };
  if (begins("\xff\xd8\xff"sv)) return ImageFormat::kJpeg;
  if (begins("\x89PNG\r\n\x1a\n"sv)) return ImageFormat::kPng;
  if (begins("BM"sv)) return ImageFormat::kBmp;
  if (begins("GIF87a"sv) || begins("GIF89a"sv)) return ImageFormat::kGif;
  // With places of 32 bits, and with places of 64.
  if (begins("II*\0"sv) || begins("MM\0*"sv) || begins("II+\0"sv) || begins("MM\0+"sv)) {
    return ImageFormat::kTiff;
  }
  if (begins("RIFF"sv) && file.size() >= 12 && file.substr(8, 4) == "WEBP"sv) {
    return ImageFormat::kWebp;
  }
  if (file.size() > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' &&
      (std::isspace(static_cast<unsigned char>(file[2])) != 0 || file[2] == '#')) {
    return ImageFormat::kPnm;
  }
  return ImageFormat::kUnknown;
}

const char* format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kPnm:
      return "PPM";
    case ImageFormat::kGif:
      return "GIF";
    case ImageFormat::kTiff:
      return "TIFF";
    case ImageFormat::kWebp:
      return "WebP";
    default:
      return "unknown";
  }
}

}  // namespace caffe
