// What becomes of an image on its way into a blob: crops, mirrors, means and scale, by hand.
#include "data/transformer.hpp"

#include <set>

#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

using Values = std::vector<float>;

Transformer made(const std::string& fields, Phase phase = TEST, CropArea area = CropArea::kImage) {
  TransformationParameter param;
  parse_text(fields, param);
  return Transformer(param, phase, {}, area);
}

// Two channels of 2 x 3, 0 to 11.
const uint8_t kBytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
const Image kImage = {2, 2, 3, kBytes};

Values transformed(const Transformer& transformer, const CropPlace& place = {},
                   const Image& image = kImage) {
  Values out(static_cast<size_t>(transformer.shape(image.shape()).count()));
  transformer.transform(image, place, out.data());
  return out;
}

TEST(transformer_takes_the_mean_off_before_it_scales) {
  CHECK(transformed(made("scale: 0.5 mean_value: 2 mean_value: 6")) ==
        Values({-1, -0.5f, 0, 0.5f, 1, 1.5f, 0, 0.5f, 1, 1.5f, 2, 2.5f}));
  CHECK(transformed(made("mean_value: 1"))[11] == 10);
}

TEST(transformer_cuts_and_mirrors) {
  CHECK(transformed(made("crop_h: 1 crop_w: 2"), {1, 1, false}) == Values({4, 5, 10, 11}));
  CHECK(transformed(made("crop_h: 1 crop_w: 2"), {0, 0, true}) == Values({1, 0, 7, 6}));
}

TEST(transformer_reads_pixels_side_by_side) {
  const Image image = {3, 1, 2, kBytes, nullptr, true};
  CHECK(transformed(made(""), {}, image) == Values({0, 3, 1, 4, 2, 5}));
  const float floats[] = {0.5f, -1};
  CHECK(transformed(made("scale: 2"), {}, {1, 1, 2, nullptr, floats}) == Values({1, -2}));
}

TEST(transformer_crops_the_middle_in_phase_test_and_anywhere_in_training) {
  Rng rng(1, 1);
  const Shape image = {2, 4, 5};
  const CropPlace middle = made("crop_size: 2").draw(image, rng);
  CHECK(middle.top == 1 && middle.left == 1 && !middle.mirrored);
  std::set<int64_t> tops, lefts;
  std::set<bool> mirrored;
  const Transformer training = made("crop_size: 2 mirror: true", TRAIN);
  for (int i = 0; i < 200; ++i) {
    const CropPlace place = training.draw(image, rng);
    tops.insert(place.top), lefts.insert(place.left), mirrored.insert(place.mirrored);
  }
  CHECK(tops == std::set<int64_t>({0, 1, 2}) && lefts == std::set<int64_t>({0, 1, 2, 3}));
  CHECK_EQ(mirrored.size(), size_t{2});
}

TEST(transformer_labels_lie_over_their_image) {
  const Transformer transformer = made("crop_size: 2 scale: 9", TEST, CropArea::kPadded);
  const Image labels = {1, 1, 3, kBytes};
  Values out(4);
  transformer.transform_labels(labels, {0, 1, true}, out.data(), 255);
  CHECK(out == Values({2, 1, 255, 255}));
}

TEST(transformer_refuses_what_contradicts_itself) {
  CHECK_FAILS(Status::kInvalidArgument, "crop_size 2, crop_h 3", made("crop_size: 2 crop_h: 3"));
  CHECK_FAILS(Status::kInvalidArgument, "mean_file and mean_value",
              made("mean_file: 'a' mean_value: 1"));
  CHECK_FAILS(Status::kInvalidArgument, "force_color and force_gray",
              made("force_color: true force_gray: true"));
  CHECK_FAILS(Status::kShape, "crop_size is ", made("crop_size: 4").shape({1, 3, 9}));
  CHECK_FAILS(Status::kShape, "mean_value is given 2 times",
              made("mean_value: 1 mean_value: 2").check_mean_values(3));
}

}  // namespace
}  // namespace caffe::test
