// data/pixels.hpp: cuts, mirrors, grey, and every way to resize.
#include "data/pixels.hpp"

#include "support/check.hpp"
#include "support/images.hpp"

namespace caffe {
namespace {

using test::counting;
using test::gray_pixels;
using Bytes = std::vector<uint8_t>;

constexpr Interpolation kAll[] = {Interpolation::kNearest, Interpolation::kLinear,
                                  Interpolation::kArea, Interpolation::kCubic,
                                  Interpolation::kLanczos4};

TEST(pixels_cut) {
  CHECK(cut(counting(3, 4, 1), 1, 2, 2, 2).values == Bytes({6, 7, 10, 11}));
  CHECK(cut(counting(2, 2, 3), 1, 0, 1, 1).values == Bytes({6, 7, 8}));
  CHECK_EQ(cut(counting(2, 2, 3), 2, 0, 0, 2).values.size(), size_t{0});
  CHECK_FAILS(Status::kInternal, "not within", cut(counting(2, 2, 1), 1, 0, 2, 2));
}

TEST(pixels_mirror) {
  Pixels image = counting(2, 3, 1);
  mirror(image);
  CHECK(image.values == Bytes({2, 1, 0, 5, 4, 3}));
  image = counting(1, 2, 3);
  mirror(image);
  CHECK(image.values == Bytes({3, 4, 5, 0, 1, 2}));
}

TEST(pixels_gray_weighs_the_colors) {
  Pixels image(1, 4, 3);
  image.values = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
  CHECK(to_gray(image).values == Bytes({29, 150, 76, 255}));
  CHECK(to_gray(counting(1, 3, 1)).values == Bytes({0, 1, 2}));
}

TEST(pixels_no_such_size) {
  CHECK_FAILS(Status::kShape, "cannot have -1 x 2", Pixels(-1, 2, 3));
  CHECK_FAILS(Status::kShape, "does not fit", Pixels(int64_t{1} << 40, int64_t{1} << 40, 3));
  CHECK_FAILS(Status::kShape, "cannot resize", resize(counting(2, 2, 1), 0, 2));
  CHECK_FAILS(Status::kShape, "cannot resize", resize(Pixels(), 2, 2));
}

TEST(resize_to_the_same_size_changes_nothing) {
  for (const Interpolation interpolation : kAll) {
    CHECK(resize(counting(5, 6, 3), 5, 6, interpolation).values == counting(5, 6, 3).values);
  }
}

TEST(resize_keeps_what_is_constant) {
  Pixels flat(7, 5, 3);
  for (uint8_t& value : flat.values) value = 200;
  for (const Interpolation interpolation : kAll) {
    for (const auto& [height, width] :
         {std::pair<int64_t, int64_t>{3, 4}, {14, 11}, {9, 2}, {1, 1}}) {
      const Pixels out = resize(flat, height, width, interpolation);
      CHECK_EQ(out.values.size(), static_cast<size_t>(height * width * 3));
      for (const uint8_t value : out.values) CHECK_NEAR(value, 200, 0, 1);
    }
  }
}

TEST(resize_to_a_size_no_image_has) {
  for (const Interpolation interpolation : kAll) {
    CHECK_FAILS(Status::kInvalidArgument, "4294967295 x 4294967295",
                resize(counting(2, 3, 1), UINT32_MAX, UINT32_MAX, interpolation));
    CHECK_FAILS(Status::kInvalidArgument, "at most 2^30",
                resize(counting(2, 3, 1), 1, (int64_t{1} << 30) + 1, interpolation));
  }
}

TEST(resize_nearest) {
  CHECK(resize(gray_pixels(1, 4, {10, 20, 30, 40}), 1, 2, Interpolation::kNearest).values ==
        Bytes({10, 30}));
  CHECK(resize(gray_pixels(1, 2, {10, 20}), 2, 5, Interpolation::kNearest).values ==
        Bytes({10, 10, 10, 20, 20, 10, 10, 10, 20, 20}));
}

TEST(resize_linear) {
  // Middles of outputs lie at -0.25, 0.25, 0.75 and 1.25 of the inputs.
  CHECK(resize(gray_pixels(1, 2, {0, 100}), 1, 4).values == Bytes({0, 25, 75, 100}));
  CHECK(resize(gray_pixels(2, 1, {0, 100}), 4, 1).values == Bytes({0, 25, 75, 100}));
  // At 1 of three, and at 0.25, 1.75.
  CHECK(resize(gray_pixels(1, 3, {0, 60, 200}), 1, 1).values == Bytes({60}));
  CHECK(resize(gray_pixels(1, 3, {0, 60, 200}), 1, 2).values == Bytes({15, 165}));
}

TEST(resize_to_half_is_the_mean_of_four) {
  for (const Interpolation interpolation : {Interpolation::kLinear, Interpolation::kArea}) {
    CHECK(resize(gray_pixels(2, 4, {0, 1, 9, 9, 1, 1, 9, 10}), 1, 2, interpolation).values ==
          Bytes({1, 9}));
  }
}

TEST(resize_area_is_the_mean_of_what_is_covered) {
  CHECK(resize(gray_pixels(1, 6, {0, 30, 60, 100, 110, 120}), 1, 2, Interpolation::kArea).values ==
        Bytes({30, 110}));
  // Two thirds and one third of the neighbours.
  CHECK(resize(gray_pixels(1, 3, {0, 90, 180}), 1, 2, Interpolation::kArea).values ==
        Bytes({30, 150}));
  // One that grows is each input, twice.
  CHECK(resize(gray_pixels(1, 2, {0, 100}), 1, 4, Interpolation::kArea).values ==
        Bytes({0, 0, 100, 100}));
}

TEST(resize_smooth_ones_go_through_the_inputs) {
  // Three times as wide: every third output lies on an input.
  for (const Interpolation interpolation : {Interpolation::kCubic, Interpolation::kLanczos4}) {
    const Bytes in = {10, 200, 90, 40, 250, 0};
    const Pixels out = resize(gray_pixels(1, 6, in), 1, 18, interpolation);
    for (size_t i = 0; i < in.size(); ++i) CHECK_NEAR(out.values[3 * i + 1], in[i], 0, 1);
  }
  // At 0.5 a cubic is (-0.75 * 0.125) of the outer two and 0.59375 of the inner ones.
  const Pixels out = resize(gray_pixels(1, 4, {0, 100, 100, 0}), 1, 2, Interpolation::kCubic);
  CHECK_NEAR(out.values[0], 0.59375 * 100 - 0.09375 * 100, 0, 1);
}

}  // namespace
}  // namespace caffe
