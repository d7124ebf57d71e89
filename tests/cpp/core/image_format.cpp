// core/image_format.cpp
#include "core/image_format.hpp"

#include "support/check.hpp"
#include "support/image_files.hpp"

namespace caffe {
namespace {

TEST(formats_are_told_by_their_first_bytes) {
  using namespace std::string_view_literals;
  CHECK(image_format("\xff\xd8\xff\xe0"sv) == ImageFormat::kJpeg);
  CHECK(image_format("\x89PNG\r\n\x1a\n"sv) == ImageFormat::kPng);
  CHECK(image_format(test::bmp_file(1, 1, 24, "")) == ImageFormat::kBmp);
  CHECK(image_format(test::gif_file()) == ImageFormat::kGif);
  CHECK(image_format(test::tiff_file()) == ImageFormat::kTiff);
  CHECK(image_format(test::webp_file()) == ImageFormat::kWebp);
  CHECK(image_format("P6\n"sv) == ImageFormat::kPnm);
  for (const std::string_view none :
       {""sv, "P"sv, "P7 "sv, "P61"sv, "GIF88a"sv, "RIFFxxxxWAVE"sv, "\xff\xd8"sv}) {
    CHECK(image_format(none) == ImageFormat::kUnknown);
  }
}

}  // namespace
}  // namespace caffe
