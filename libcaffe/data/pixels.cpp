#include "data/pixels.hpp"

#include <algorithm>

#include "core/checked.hpp"

namespace caffe {

Pixels::Pixels(int64_t height, int64_t width, int64_t channels)
    : height(height), width(width), channels(channels) {
  if (height < 0 || width < 0 || channels < 0) {
    fail(Status::kShape, "an image cannot have ", height, " x ", width, " pixels of ", channels,
         " channels");
  }
  values.resize(static_cast<size_t>(checked_mul(checked_mul(height, width), channels)));
}

Image Pixels::image() const {
  Image image{channels, height, width, values.data(), nullptr};
  image.interleaved = true;
  return image;
}

Pixels cut(const Pixels& image, int64_t top, int64_t left, int64_t height, int64_t width) {
  if (top < 0 || left < 0 || height < 0 || width < 0 || top > image.height - height ||
      left > image.width - width) {
    fail(Status::kInternal, "a cut of ", height, " x ", width, " at ", top, ", ", left,
         " is not within the image of ", image.height, " x ", image.width);
  }
  Pixels out(height, width, image.channels);
  for (int64_t y = 0; y < height; ++y) {
    std::copy_n(image.row(top + y) + left * image.channels, width * image.channels, out.row(y));
  }
  return out;
}

Pixels to_gray(const Pixels& image) {
  if (image.channels == 1) return image;
  Pixels out(image.height, image.width, 1);
  const uint8_t* from = image.values.data();
  for (uint8_t& gray : out.values) {
    // 0.114, 0.587 and 0.299 of 2^14.
    gray =
        static_cast<uint8_t>((from[0] * 1868 + from[1] * 9617 + from[2] * 4899 + (1 << 13)) >> 14);
    from += image.channels;
  }
  return out;
}

int64_t mirrored_index(int64_t i, int64_t count) {
  if (count == 1) return 0;
  const int64_t period = 2 * (count - 1);
  i = ((i % period) + period) % period;
  return i < count ? i : period - i;
}

void mirror(Pixels& image) {
  for (int64_t y = 0; y < image.height; ++y) {
    uint8_t* row = image.row(y);
    for (int64_t a = 0, b = image.width - 1; a < b; ++a, --b) {
      std::swap_ranges(row + a * image.channels, row + (a + 1) * image.channels,
                       row + b * image.channels);
    }
  }
}

}  // namespace caffe
