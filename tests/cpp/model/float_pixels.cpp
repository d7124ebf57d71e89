// model/float_pixels.hpp: images of floats, beside the same of bytes.
#include "model/float_pixels.hpp"

#include <algorithm>

#include "support/check.hpp"
#include "support/images.hpp"

namespace caffe {
namespace {

using test::counting;

FloatPixels floats_of(const Pixels& image) {
  FloatPixels out(image.height, image.width, image.channels);
  std::copy(image.values.begin(), image.values.end(), out.values.begin());
  return out;
}

TEST(floats_that_are_bytes) {
  const Pixels image = counting(4, 5, 3, 200);
  FloatPixels floats = floats_of(image);
  CHECK(as_bytes(floats)->values == image.values);
  CHECK_EQ(as_bytes(floats)->width, 5);
  for (const float other : {0.5f, -1.0f, 256.0f}) {
    floats.values[7] = other;
    CHECK(!as_bytes(floats).has_value());
  }
}

// Bytes are resized with weights of 11 bits and rounded, so that they are near.
TEST(floats_are_resized_as_bytes_are) {
  for (const auto& [height, width] :
       {std::pair<int64_t, int64_t>{7, 3}, {20, 31}, {12, 5}, {1, 1}}) {
    const Pixels image = counting(12, 10, 3);
    const Pixels bytes = resize(image, height, width);
    const FloatPixels floats = resize(floats_of(image), height, width);
    CHECK_EQ(floats.height, height);
    CHECK_EQ(floats.width, width);
    for (size_t i = 0; i < bytes.values.size(); ++i) {
      CHECK_NEAR(floats.values[i], bytes.values[i], 0, 1.01);
    }
  }
}

TEST(floats_between_two_pixels) {
  FloatPixels image(1, 2, 1);
  image.values = {0, 10};
  // Middles of four pixels over two: -0.25, 0.25, 0.75, 1.25.
  CHECK(resize(image, 1, 4).values == std::vector<float>({0, 2.5f, 7.5f, 10}));
  image = FloatPixels(2, 2, 1);
  image.values = {1, 2, 3, 5};
  CHECK(resize(image, 1, 1).values == std::vector<float>({2.75f}));
  CHECK_FAILS(Status::kShape, "cannot resize", resize(image, 0, 1));
}

TEST(floats_to_gray_and_lightness) {
  FloatPixels image(1, 3, 3);
  image.values = {255, 255, 255, 0, 0, 0, 0, 0, 255};
  const FloatPixels gray = to_gray(image);
  CHECK_NEAR(gray.values[0], 255, 1e-5, 0);
  CHECK_NEAR(gray.values[2], 0.299 * 255, 1e-5, 0);
  // White, black and red of sRGB: 100, 0 and 53.24.
  const FloatPixels lightness = to_lightness(image);
  CHECK_EQ(lightness.channels, 1);
  CHECK_NEAR(lightness.values[0], 100, 1e-4, 0);
  CHECK_NEAR(lightness.values[1], 0, 0, 1e-4);
  CHECK_NEAR(lightness.values[2], 53.2408, 1e-4, 0);
  FloatPixels middle(1, 1, 1);
  middle.values = {119};  // 18 % grey is half as light as white
  CHECK_NEAR(to_lightness(middle).values[0], 50.0, 0, 0.1);
}

}  // namespace
}  // namespace caffe
