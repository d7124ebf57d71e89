// What readers of image files share: bytes that are checked, and sizes that are.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "data/pixels.hpp"

namespace caffe {

class Bytes {
 public:
  explicit Bytes(std::string_view file) : file_(file) {}

  size_t size() const { return file_.size(); }

  std::string_view part(size_t at, size_t size) const {
    if (at > file_.size() || size > file_.size() - at) fail(Status::kParse, "the file is cut off");
    return file_.substr(at, size);
  }
  uint8_t u8(size_t at) const { return static_cast<uint8_t>(part(at, 1)[0]); }
  // Low bytes first.
  uint16_t u16(size_t at) const { return static_cast<uint16_t>(number(at, 2)); }
  uint32_t u32(size_t at) const { return number(at, 4); }

 private:
  uint32_t number(size_t at, size_t size) const {
    const std::string_view bytes = part(at, size);
    uint32_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return value;
  }

  std::string_view file_;
};

// A few bytes may say that they are billions of pixels: no format here packs more of them into a
// byte, and no image is larger than that.
inline void check_image_size(int64_t height, int64_t width, size_t file_size) {
  constexpr int64_t kMostPixels = int64_t{1} << 30, kMostFromAByte = 4096, kLongestSide = 1 << 24;
  if (height < 1 || width < 1) fail(Status::kParse, "the file says it has no pixels");
  if (height > kLongestSide || width > kLongestSide || height * width > kMostPixels ||
      height * width > kMostFromAByte * static_cast<int64_t>(file_size)) {
    fail(Status::kParse, "the file says it has more pixels than can be in it");
  }
}

}  // namespace caffe
