// PBM, PGM and PPM files, as text (P1 to P3) or binary (P4 to P6), of up to 16 bits a value. The
// first image of the file. Values are stretched so that the largest the file allows is 255; of 16
// bits the upper eight are taken.
#include <algorithm>
#include <cctype>

#include "data/formats/bytes.hpp"
#include "data/formats/formats.hpp"

namespace caffe {
namespace {

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

// Numbers in text, with blanks between them and comments from a hash to the end of the line.
class Numbers {
 public:
  Numbers(std::string_view file, size_t at) : file_(file), at_(at) {}

  size_t at() const { return at_; }
  size_t left() const { return file_.size() - at_; }

  int next(int most) {
    skip();
    int value = 0;
    const size_t begin = at_;
    for (; at_ < file_.size() && std::isdigit(static_cast<unsigned char>(file_[at_])) != 0; ++at_) {
      value = value * 10 + (file_[at_] - '0');
      if (value > most) fail(Status::kParse, "a number is larger than ", most);
    }
    if (at_ == begin) fail_here();
    return value;
  }

  // A bit may touch the next one.
  int next_bit() {
    skip();
    if (at_ == file_.size() || (file_[at_] != '0' && file_[at_] != '1')) fail_here();
    return file_[at_++] - '0';
  }

  // The one blank between the header and binary values.
  void skip_one() {
    if (at_ < file_.size()) ++at_;
  }

 private:
  [[noreturn]] void fail_here() const {
    if (at_ == file_.size()) fail(Status::kParse, "the file is cut off");
    fail(Status::kParse, "expected a number at byte ", at_);
  }

  void skip() {
    for (; at_ < file_.size(); ++at_) {
      if (file_[at_] == '#') {
        at_ = std::min(file_.find('\n', at_), file_.size() - 1);
      } else if (!is_blank(file_[at_])) {
        return;
      }
    }
  }

  std::string_view file_;
  size_t at_;
};

// A value up to `most` as one up to 255.
uint8_t stretched(int value, int most) {
  if (most == 65535) return static_cast<uint8_t>(value >> 8);
  return static_cast<uint8_t>(std::min(value, most) * 255 / most);
}

// `most` is 1 for bits, where 1 is black.
void read_text(Numbers& numbers, bool bits, int most, std::vector<uint8_t>& values) {
  for (uint8_t& value : values) {
    value = bits ? (numbers.next_bit() != 0 ? 0 : 255) : stretched(numbers.next(65535), most);
  }
}

void read_bits(std::string_view rows, Pixels& image) {
  const int64_t stride = (image.width + 7) / 8;
  for (int64_t y = 0; y < image.height; ++y) {
    const auto* row = reinterpret_cast<const uint8_t*>(rows.data()) + y * stride;
    for (int64_t x = 0; x < image.width; ++x) {
      image.row(y)[x] = (row[x / 8] >> (7 - x % 8) & 1) != 0 ? 0 : 255;
    }
  }
}

void read_binary(std::string_view bytes, int most, std::vector<uint8_t>& values) {
  const auto* from = reinterpret_cast<const uint8_t*>(bytes.data());
  for (uint8_t& value : values) {
    const int high = most > 255 ? *from++ : 0;
    value = stretched(high << 8 | *from++, most);
  }
}

}  // namespace

Pixels decode_pnm(std::string_view file) {
  const int kind = file.at(1) - '0';  // 1 to 6: bits, greys, colours, and once more binary
  const bool bits = kind == 1 || kind == 4, binary = kind > 3;
  const int64_t channels = kind % 3 == 0 ? 3 : 1;
  constexpr int kLongestSide = 1 << 24;
  Numbers numbers(file, 2);
  const int64_t width = numbers.next(kLongestSide), height = numbers.next(kLongestSide);
  const int most = bits ? 1 : numbers.next(65535);
  if (most == 0) fail(Status::kParse, "the file says its largest value is 0");
  check_image_size(height, width, file.size());
  if (binary) numbers.skip_one();

  const int64_t count = height * width * channels;
  // A number takes a digit and a blank in front of it, a bit in text a digit.
  const int64_t size = !binary ? (bits ? count : 2 * count)
                       : bits  ? height * ((width + 7) / 8)
                               : count * (most > 255 ? 2 : 1);
  if (size > static_cast<int64_t>(numbers.left())) fail(Status::kParse, "the file is cut off");
  Pixels image(height, width, channels);
  if (!binary) {
    read_text(numbers, bits, most, image.values);
  } else if (bits) {
    read_bits(file.substr(numbers.at()), image);
  } else {
    read_binary(file.substr(numbers.at()), most, image.values);
  }
  for (size_t i = 0; channels == 3 && i < image.values.size(); i += 3) {
    std::swap(image.values[i], image.values[i + 2]);
  }
  return image;
}

}  // namespace caffe
