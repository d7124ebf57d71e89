// data/formats/pnm.cpp: what a file may leave out, and what it must not. tests/python compares
// every kind of file with Pillow.
#include "data/formats/formats.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using namespace std::string_view_literals;

TEST(pnm_headers) {
  CHECK(decode_pnm("P5 2 1 255 ab"sv).values == std::vector<uint8_t>({'a', 'b'}));
  CHECK(decode_pnm("P5#c\n2#c\n#c\n1\t255\n #"sv).values == std::vector<uint8_t>({' ', '#'}));
  CHECK(decode_pnm("P6 1 1 255 abc"sv).values == std::vector<uint8_t>({'c', 'b', 'a'}));
  CHECK(decode_pnm("P4 9 1\n\x80\x80"sv).values ==
        std::vector<uint8_t>({0, 255, 255, 255, 255, 255, 255, 255, 0}));
  CHECK(decode_pnm("P2 2 1 3 1 9"sv).values == std::vector<uint8_t>({85, 255}));
  // A second image is not looked at.
  CHECK_EQ(decode_pnm("P5 1 1 255 aP5 1 1 255 b"sv).values.at(0), 'a');
}

TEST(pnm_files_that_cannot_be) {
  const std::pair<std::string_view, const char*> files[] = {
      {"P5 2 1 255 a"sv, "cut off"},
      {"P5 2 1 256 abc"sv, "cut off"},
      {"P4 9 1\n\x80"sv, "cut off"},
      {"P3 1 1 255 1 2"sv, "cut off"},
      {"P1 2 1 1"sv, "cut off"},
      {"P5 2"sv, "cut off"},
      {"P5 # 2 1"sv, "cut off"},
      {"P5 x 1 255 a"sv, "expected a number at byte 3"},
      {"P2 3 1 255 1 x 3"sv, "expected a number at byte 13"},
      {"P1 2 1 1 2"sv, "expected a number at byte 9"},
      {"P5 0 1 255 a"sv, "no pixels"},
      {"P5 1 1 0 a"sv, "largest value is 0"},
      {"P5 1 1 65536 aa"sv, "larger than 65535"},
      {"P5 99999999999999999999 1 255 a"sv, "larger than"},
      {"P4 16000000 16000000 a"sv, "more pixels"},
  };
  for (const auto& each : files) {
    CHECK_FAILS(Status::kParse, each.second, decode_pnm(each.first));
  }
}

}  // namespace
}  // namespace caffe
