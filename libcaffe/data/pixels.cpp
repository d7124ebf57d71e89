#include "data/pixels.hpp"

#include <algorithm>

#include "core/checked.hpp"

namespace caffe {

namespace {

// No image file that is read has more, either.
constexpr int64_t kMostPixels = int64_t{1} << 30;

}  // namespace

template <class Value>
PixelsOf<Value>::PixelsOf(int64_t height, int64_t width, int64_t channels)
    : height(height), width(width), channels(channels) {
  if (height < 0 || width < 0 || channels < 0) {
    fail(Status::kShape, "an image cannot have ", height, " x ", width, " pixels of ", channels,
         " channels");
  }
  values.resize(static_cast<size_t>(checked_mul(checked_mul(height, width), channels)));
}

template <class Value>
Image PixelsOf<Value>::image() const
  requires std::same_as<Value, uint8_t>
{
  Image image{channels, height, width, values.data(), nullptr};
  image.interleaved = true;
  return image;
}

template struct PixelsOf<uint8_t>;
template struct PixelsOf<float>;

template <class Value>
PixelsOf<Value> to_bgr(const PixelsOf<Value>& image) {
  if (image.channels == 3) return image;
  PixelsOf<Value> out(image.height, image.width, 3);
  const Value* from = image.values.data();
  for (size_t i = 0; i < out.values.size(); i += 3, from += image.channels) {
    for (size_t c = 0; c < 3; ++c) out.values[i + c] = from[image.channels == 1 ? 0 : c];
  }
  return out;
}

template <class Value>
PixelsOf<Value> halved(const PixelsOf<Value>& image) {
  const int64_t channels = image.channels;
  PixelsOf<Value> out(image.height / 2, image.width / 2, channels);
  for (int64_t y = 0; y < out.height; ++y) {
    const Value *a = image.row(2 * y), *b = image.row(2 * y + 1);
    Value* to = out.row(y);
    for (int64_t x = 0; x < out.width; ++x, a += 2 * channels, b += 2 * channels) {
      for (int64_t c = 0; c < channels; ++c) {
        const auto sum = a[c] + a[c + channels] + b[c] + b[c + channels];
        if constexpr (std::same_as<Value, uint8_t>) {
          *to++ = static_cast<uint8_t>((sum + 2) >> 2);
        } else {
          *to++ = sum * 0.25f;
        }
      }
    }
  }
  return out;
}

template <class Value>
void check_resize(const PixelsOf<Value>& image, int64_t height, int64_t width) {
  if (height < 1 || width < 1 || image.values.empty()) {
    fail(Status::kShape, "cannot resize an image of ", image.height, " x ", image.width,
         " pixels to ", height, " x ", width);
  }
  const bool stays = height == image.height && width == image.width;
  if (!stays && height > kMostPixels / width) {
    fail(Status::kInvalidArgument, "cannot resize an image to ", height, " x ", width,
         " pixels, expected at most 2^30 of them");
  }
}

template Pixels to_bgr(const Pixels&);
template PixelsOf<float> to_bgr(const PixelsOf<float>&);
template Pixels halved(const Pixels&);
template PixelsOf<float> halved(const PixelsOf<float>&);
template void check_resize(const Pixels&, int64_t, int64_t);
template void check_resize(const PixelsOf<float>&, int64_t, int64_t);

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
