// data/formats/bmp.cpp: what is stored, and what cannot be. tests/python compares every kind of
// file with Pillow.
#include "data/formats/formats.hpp"
#include "support/check.hpp"
#include "support/image_files.hpp"

namespace caffe {
namespace {

using test::bmp_file;
using test::gray_palette;

TEST(bmp_rows_from_below_and_from_above) {
  const std::string rows("\1\2\3\0\4\5\6\0", 8);
  const Pixels below = decode_bmp(bmp_file(1, 2, 24, rows));
  CHECK_EQ(below.channels, 3);
  CHECK(below.values == std::vector<uint8_t>({4, 5, 6, 1, 2, 3}));
  CHECK(decode_bmp(bmp_file(1, -2, 24, rows)).values == std::vector<uint8_t>({1, 2, 3, 4, 5, 6}));
  // The last row need not be filled up.
  CHECK_EQ(decode_bmp(bmp_file(1, 2, 24, rows.substr(0, 7))).height, 2);
  CHECK_FAILS(Status::kParse, "cut off", decode_bmp(bmp_file(1, 2, 24, rows.substr(0, 6))));
}

TEST(bmp_channels_as_stored) {
  const auto one = [](const std::string& palette) {
    return decode_bmp(bmp_file(1, 1, 4, palette + std::string("\x10\0\0\0", 4),
                               static_cast<int64_t>(palette.size())));
  };
  CHECK(one(gray_palette(16, 17)).values == std::vector<uint8_t>({17}));
  std::string colored = gray_palette(16, 17);
  colored[60] = 1;
  CHECK(one(colored).values == std::vector<uint8_t>({17, 17, 17}));
  // Fewer colours than four bits can name; what none has is black.
  CHECK(one(gray_palette(1, 17)).values == std::vector<uint8_t>({0}));
  CHECK_EQ(decode_bmp(bmp_file(1, 1, 32, "\1\2\3\4")).channels, 3);
  const std::string masks = std::string("\0\0\xff\0\0\xff\0\0\xff\0\0\0\0\0\0\xff", 16);
  const Pixels alpha = decode_bmp(bmp_file(1, 1, 32, masks + "\1\2\3\4", 16, 6));
  CHECK(alpha.values == std::vector<uint8_t>({1, 2, 3, 4}));
}

TEST(bmp_runs_that_are_wrong) {
  const auto runs = [](std::string_view bytes) {
    return decode_bmp(bmp_file(3, 2, 8, gray_palette(256, 1) + std::string(bytes), 1024, 1));
  };
  using namespace std::string_view_literals;
  // A run ends at the end of its row; rows that are missing are 0.
  CHECK(runs("\x9\5\0\1"sv).values == std::vector<uint8_t>({0, 0, 0, 5, 5, 5}));
  CHECK(runs("\0\2\0\xff\0\1"sv).values == std::vector<uint8_t>(6, 0));
  CHECK(runs("\3\1\0\0\3\2"sv).values == std::vector<uint8_t>({2, 2, 2, 1, 1, 1}));
  for (const std::string_view cut : {""sv, "\3"sv, "\3\1"sv, "\3\1\0\0\0"sv, "\0\4\1\2"sv}) {
    CHECK_FAILS(Status::kParse, "cut off", runs(cut));
  }
}

TEST(bmp_files_that_cannot_be) {
  CHECK_FAILS(Status::kParse, "no pixels", decode_bmp(bmp_file(0, 2, 24, "")));
  CHECK_FAILS(Status::kParse, "no pixels", decode_bmp(bmp_file(-1, 2, 24, "")));
  CHECK_FAILS(Status::kParse, "more pixels", decode_bmp(bmp_file(1 << 20, 1 << 20, 24, "")));
  CHECK_FAILS(Status::kParse, "more pixels", decode_bmp(bmp_file(1, INT32_MIN, 1, "")));
  CHECK_FAILS(Status::kParse, "of 24 bits a pixel in compression 4",
              decode_bmp(bmp_file(1, 1, 24, "", 0, 4)));
  std::string file = bmp_file(1, 1, 24, "\1\2\3");
  file[14] = 16;
  CHECK_FAILS(Status::kParse, "a header of 16 bytes", decode_bmp(file));
  for (size_t size = 0; size < 57; ++size) {
    CHECK_FAILS(Status::kParse, "", decode_bmp(bmp_file(1, 1, 24, "\1\2\3").substr(0, size)));
  }
}

}  // namespace
}  // namespace caffe
