// data/augment.hpp: colours, noise and sizes, each where the result is known.
#include "data/augment.hpp"

#include <set>

#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/images.hpp"

namespace caffe {
namespace {

using test::counting;
using test::gray_pixels;
using Bytes = std::vector<uint8_t>;

template <class T>
T from_text(const std::string& text) {
  T message;
  parse_text(text, message, {});
  return message;
}

Pixels color(int blue, int green, int red) {
  Pixels image(1, 1, 3);
  image.values = {static_cast<uint8_t>(blue), static_cast<uint8_t>(green),
                  static_cast<uint8_t>(red)};
  return image;
}

Bytes distorted(const Pixels& image, const std::string& text, uint64_t seed = 1) {
  Rng rng(seed, 0);
  return distort(image, from_text<DistortionParameter>(text), rng).values;
}

Bytes noisy(const Pixels& image, const std::string& text, uint64_t seed = 1) {
  Rng rng(seed, 0);
  return add_noise(image, from_text<NoiseParameter>(text), rng).values;
}

Pixels sized(const Pixels& image, const std::string& text, uint64_t seed = 1) {
  Rng rng(seed, 0);
  return resize(image, from_text<ResizeParameter>(text), rng);
}

TEST(distort_never_changes_nothing) {
  CHECK(distorted(counting(4, 5, 3), "") == counting(4, 5, 3).values);
}

TEST(distort_contrast_and_brightness) {
  const Pixels image = color(10, 100, 200);
  CHECK(distorted(image, "contrast_prob: 1 contrast_lower: 1.5 contrast_upper: 1.5") ==
        Bytes({15, 150, 255}));
  std::set<int> shifts;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Bytes out = distorted(image, "brightness_prob: 1 brightness_delta: 5", seed);
    CHECK_EQ(out[1] - out[0], 90);
    CHECK_EQ(out[2] - out[1], 100);
    shifts.insert(out[0] - 10);
  }
  CHECK_EQ(*shifts.begin(), -5);
  CHECK_EQ(*shifts.rbegin(), 5);
}

TEST(distort_happens_as_often_as_it_says) {
  int changed = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    changed += distorted(color(10, 10, 10),
                         "contrast_prob: 0.3 contrast_lower: 2 contrast_upper: 2", seed)[0] == 20;
  }
  CHECK_NEAR(changed, 300, 0, 75);
}

TEST(distort_saturation_of_none_is_gray) {
  CHECK(distorted(color(10, 100, 200), "saturation_prob: 1") == Bytes({200, 200, 200}));
}

TEST(distort_hue_keeps_the_largest_and_the_smallest) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Bytes out = distorted(color(20, 120, 220), "hue_prob: 1 hue_delta: 18", seed);
    std::sort(out.begin(), out.end());
    CHECK_NEAR(out[0], 20, 0, 1);
    CHECK_NEAR(out[2], 220, 0, 1);
  }
}

TEST(distort_through_hsv_and_back) {
  Pixels all(6, 6 * 6, 3);
  for (size_t i = 0; i < all.values.size(); ++i) {
    const size_t pixel = i / 3;
    all.values[i] = static_cast<uint8_t>(51 * (i % 3 == 0   ? pixel % 6
                                               : i % 3 == 1 ? pixel / 6 % 6
                                                            : pixel / 36));
  }
  const Bytes out = distorted(all, "saturation_prob: 1 saturation_lower: 1 saturation_upper: 1");
  for (size_t i = 0; i < out.size(); ++i) CHECK_NEAR(out[i], all.values[i], 0, 4);
}

TEST(distort_orders_the_channels) {
  std::set<Bytes> orders;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    orders.insert(distorted(color(1, 2, 3), "random_order_prob: 1", seed));
  }
  CHECK_EQ(orders.size(), size_t{6});
}

TEST(hsv_of_known_colors) {
  const auto hsv = [](int blue, int green, int red) {
    Pixels image = color(blue, green, red);
    to_hsv(image);
    return image.values;
  };
  CHECK(hsv(0, 0, 255) == Bytes({0, 255, 255}));
  CHECK(hsv(0, 255, 0) == Bytes({60, 255, 255}));
  CHECK(hsv(255, 0, 0) == Bytes({120, 255, 255}));
  CHECK(hsv(255, 0, 255) == Bytes({150, 255, 255}));
  CHECK(hsv(100, 100, 200) == Bytes({0, 128, 200}));
  CHECK(hsv(0, 0, 0) == Bytes({0, 0, 0}));
}

TEST(distort_that_makes_no_sense) {
  const auto check = [](const std::string& text) {
    check_distortion(from_text<DistortionParameter>(text));
  };
  check("");
  CHECK_FAILS(Status::kInvalidArgument, "brightness_delta", check("brightness_delta: -1"));
  CHECK_FAILS(Status::kInvalidArgument, "brightness_delta", check("brightness_delta: inf"));
  CHECK_FAILS(Status::kInvalidArgument, "contrast_upper makes no sense: 2 to 1",
              check("contrast_lower: 2 contrast_upper: 1"));
  CHECK_FAILS(Status::kInvalidArgument, "saturation_upper", check("saturation_lower: nan"));
  CHECK_FAILS(Status::kInvalidArgument, "hue_delta", check("hue_delta: nan"));
  Rng rng(1, 0);
  CHECK_FAILS(Status::kShape, "three channels", distort(counting(1, 1, 1), {}, rng));
}

TEST(noise_of_none) {
  CHECK(noisy(counting(3, 3, 3), "") == counting(3, 3, 3).values);
}

TEST(noise_of_values) {
  CHECK(noisy(gray_pixels(1, 3, {0, 100, 255}), "inverse: true") == Bytes({255, 155, 0}));
  CHECK(noisy(gray_pixels(1, 4, {0, 63, 64, 255}), "posterize: true") == Bytes({32, 32, 96, 224}));
  CHECK(noisy(color(255, 0, 0), "decolorize: true") == Bytes({29, 29, 29}));
  CHECK(noisy(color(0, 255, 0), "convert_to_hsv: true") == Bytes({60, 255, 255}));
}

TEST(noise_of_neighbours) {
  CHECK(noisy(gray_pixels(3, 3, {9, 9, 9, 9, 1, 9, 9, 9, 5}), "erode: true") ==
        Bytes({9, 1, 9, 1, 1, 1, 9, 1, 5}));
  Pixels point(7, 7, 1);
  point.row(3)[3] = 255;
  const Bytes out = noisy(point, "gauss_blur: true");
  // The square of the middle weight, 0.2707.
  CHECK_NEAR(out[24], 255 * 0.0733, 0, 1);
  CHECK_EQ(out[23], out[25]);
  CHECK_EQ(out[17], out[31]);
  CHECK(out[23] < out[24] && out[22] < out[23]);
}

TEST(noise_of_histograms) {
  CHECK(noisy(gray_pixels(1, 4, {10, 11, 12, 13}), "hist_eq: true") == Bytes({0, 85, 170, 255}));
  CHECK(noisy(gray_pixels(1, 2, {7, 7}), "hist_eq: true") == Bytes({7, 7}));
  Pixels gray(1, 2, 3);
  gray.values = {10, 10, 10, 20, 20, 20};
  CHECK(noisy(gray, "hist_eq: true") == Bytes({0, 0, 0, 255, 255, 255}));
}

TEST(noise_of_salt_and_jpeg) {
  Pixels image(20, 20, 3);
  const Bytes out =
      noisy(image, "saltpepper: true saltpepper_param { type: relative fraction: 0.1 value: 200 }");
  int salted = 0;
  for (const uint8_t value : out) salted += value == 200;
  CHECK_EQ(salted % 3, 0);
  CHECK(salted > 60 && salted <= 120);
  CHECK(noisy(counting(16, 16, 3), "jpeg: 30") != counting(16, 16, 3).values);
}

TEST(noise_that_makes_no_sense) {
  const auto check = [](const std::string& text) { check_noise(from_text<NoiseParameter>(text)); };
  CHECK_FAILS(Status::kUnsupported, "clahe", check("clahe: true"));
  CHECK_FAILS(Status::kUnsupported, "convert_to_lab", check("convert_to_lab: true"));
  CHECK_FAILS(Status::kInvalidArgument, "jpeg is 101", check("jpeg: 101"));
  Rng rng(1, 2, 3);
  for (const int64_t channels : {2, 4, 5}) {
    for (const char* what : {"hist_eq", "decolorize"}) {
      CHECK_FAILS(
          Status::kShape, str("noise_param.", what, " is for images of one or three"),
          add_noise(counting(2, 2, channels), from_text<NoiseParameter>(str(what, ": true")), rng));
    }
  }
  CHECK_FAILS(Status::kInvalidArgument, "fraction is 2",
              check("saltpepper: true saltpepper_param { type: relative fraction: 2 }"));
  CHECK_FAILS(Status::kShape, "value is given 2 times",
              noisy(counting(1, 1, 3),
                    "saltpepper: true saltpepper_param { type: relative value: 1 value: 2 }"));
}

TEST(resize_param_modes) {
  const Pixels wide = counting(4, 8, 1);
  CHECK_EQ(sized(wide, "height: 3 width: 5").height, 3);
  CHECK_EQ(sized(wide, "height: 3 width: 5").width, 5);
  const Pixels small = sized(wide, "resize_mode: FIT_SMALL_SIZE height: 2 width: 2");
  CHECK_EQ(small.height, 2);
  CHECK_EQ(small.width, 4);
  const Pixels tall = sized(counting(8, 4, 1), "resize_mode: FIT_SMALL_SIZE height: 2 width: 2");
  CHECK_EQ(tall.height, 4);
  CHECK_EQ(tall.width, 2);
}

TEST(resize_param_pads) {
  const Pixels line = gray_pixels(1, 3, {10, 20, 30});
  const std::string fit = "resize_mode: FIT_LARGE_SIZE_AND_PAD height: 3 width: 3 ";
  CHECK(sized(line, fit).values == Bytes({0, 0, 0, 10, 20, 30, 0, 0, 0}));
  CHECK(sized(line, fit + "pad_value: 7").values == Bytes({7, 7, 7, 10, 20, 30, 7, 7, 7}));
  const Bytes repeated({10, 20, 30, 10, 20, 30, 10, 20, 30});
  CHECK(sized(line, fit + "pad_mode: REPEAT_NEAREST").values == repeated);
  CHECK(sized(line, fit + "pad_mode: MIRRORED").values == repeated);
  const Pixels column = gray_pixels(3, 1, {10, 20, 30});
  CHECK(sized(column, fit).values == Bytes({0, 10, 0, 0, 20, 0, 0, 30, 0}));
  const Pixels square = gray_pixels(2, 2, {1, 2, 3, 4});
  CHECK(sized(square, "resize_mode: FIT_LARGE_SIZE_AND_PAD height: 2 width: 6 pad_mode: MIRRORED")
            .values == Bytes({1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}));
  CHECK_FAILS(Status::kShape, "pad_value is given 2 times",
              sized(line, fit + "pad_value: 1 pad_value: 2"));
}

TEST(resize_param_draws_its_mode) {
  std::set<Bytes> results;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    results.insert(sized(gray_pixels(1, 4, {0, 250, 10, 90}),
                         "height: 1 width: 7 interp_mode: LINEAR interp_mode: AREA "
                         "interp_mode: NEAREST interp_mode: CUBIC interp_mode: LANCZOS4",
                         seed)
                       .values);
  }
  CHECK_EQ(results.size(), size_t{5});
}

TEST(resize_param_that_makes_no_sense) {
  const auto check = [](const std::string& text) {
    check_resize(from_text<ResizeParameter>(text));
  };
  CHECK_FAILS(Status::kInvalidArgument, "height 3 and width 0", check("height: 3"));
  CHECK_FAILS(Status::kUnsupported, "max_angle", check("height: 3 width: 3 max_angle: 5"));
  CHECK_FAILS(Status::kUnsupported, "center_object",
              check("height: 3 width: 3 center_object: true"));
}

}  // namespace
}  // namespace caffe
