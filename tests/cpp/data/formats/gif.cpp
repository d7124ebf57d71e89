// data/formats/gif.cpp: what is stored, and what is damaged. tests/python compares every kind of
// file with Pillow.
#include "data/formats/formats.hpp"
#include "support/check.hpp"
#include "support/image_files.hpp"

namespace caffe {
namespace {

using namespace std::string_view_literals;

// 2 x 1 pixels; `codes` are the blocks behind the size of the first code, 2 bits.
std::string two_pixels(std::string_view codes) {
  return "GIF89a" + test::little(2, 2) + test::little(1, 2) + std::string("\x80\0\0", 3) +
         "\1\2\3\4\5\6" + std::string(",\0\0\0\0\2\0\1\0\0\2", 11) + std::string(codes) + ";";
}

TEST(gif_colors_and_transparency) {
  const Pixels image = decode_gif(test::gif_file());
  CHECK_EQ(image.height, 17);
  CHECK_EQ(image.width, 18);
  CHECK_EQ(image.channels, 4);
  for (size_t i = 0; i < image.values.size(); i += 4) {
    CHECK_EQ(int{image.values[i + 3]}, image.values[i] == 2 ? 0 : 255);
  }
  // Codes of three bits: clear, 1, 0, end.
  CHECK(decode_gif(two_pixels("\2\x0c\x0a\0"sv)).values ==
        std::vector<uint8_t>({6, 5, 4, 3, 2, 1}));
  // The same with a string that is being made: clear, 1, 6.
  CHECK(decode_gif(two_pixels("\2\x8c\x01\0"sv)).values ==
        std::vector<uint8_t>({6, 5, 4, 6, 5, 4}));
}

TEST(gif_files_that_are_damaged) {
  const std::pair<std::string_view, const char*> blocks[] = {
      {"\0"sv, "cut off"},
      {"\1\x0c\0"sv, "cut off"},
      {"\2\xcc\x01\0"sv, "damaged"},                    // a code that is not known yet
      {"\1\x34\0"sv, "damaged"},                        // the same as the first
      {"\1\x2c\0"sv, "ends before its pixels do"},      // end behind clear
      {"\2\x4c\x01\0"sv, "ends before its pixels do"},  // end behind one pixel
  };
  for (const auto& each : blocks) {
    CHECK_FAILS(Status::kParse, each.second, decode_gif(two_pixels(each.first)));
  }
  std::string large = two_pixels("\2\x0c\x0a\0"sv);
  large.replace(6, 4, "\xff\xff\xff\xff");
  CHECK_FAILS(Status::kParse, "more pixels", decode_gif(large));
  CHECK_FAILS(Status::kParse, "no image", decode_gif("GIF89a\1\0\1\0\0\0\0;"sv));
  CHECK_FAILS(Status::kParse, "damaged at byte 13", decode_gif("GIF89a\1\0\1\0\0\0\0x"sv));
  const std::string file = test::gif_file();
  for (size_t size = 6; size < file.size() - 4; ++size) {
    CHECK_FAILS(Status::kParse, "", decode_gif(std::string_view(file).substr(0, size)));
  }
}

}  // namespace
}  // namespace caffe
