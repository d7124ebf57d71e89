// model/preprocess.hpp: from images to inputs.
#include "model/preprocess.hpp"

#include "schema/blob_proto.hpp"
#include "schema/files.hpp"
#include "support/check.hpp"
#include "support/images.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::counting;
using test::Folder;
using test::Log;

const ModelCard kCard{"card", ".", "Net", ""};
const Shape kColor{1, 3, 4, 4};

std::vector<float> prepared(Preprocess& preprocess, const AnyPixels& image) {
  const Shape shape =
      std::visit([&](const auto& of) { return preprocess.shape(of.height, of.width); }, image);
  std::vector<float> values(static_cast<size_t>(shape.count()));
  preprocess.prepare(image, "image", values.data());
  return values;
}

std::vector<float> prepared(const CardInput& input, const Shape& blob, const AnyPixels& image) {
  Preprocess preprocess(kCard, input, blob);
  return prepared(preprocess, image);
}

Pixels one_pixel(uint8_t blue, uint8_t green, uint8_t red) {
  Pixels image(1, 1, 3);
  image.values = {blue, green, red};
  return image;
}

Shape shape_of(const CardInput& input, const Shape& blob, int64_t height, int64_t width) {
  return Preprocess(kCard, input, blob).shape(height, width);
}

TEST(preprocess_orders_mean_and_scale) {
  const Shape pixel{1, 3, 1, 1};
  const Pixels image = one_pixel(10, 20, 40);
  CardInput input{"data"};
  CHECK(prepared(input, pixel, image) == std::vector<float>({10, 20, 40}));
  input.mean = {1, 2, 3};
  input.scale = 0.5f;
  CHECK(prepared(input, pixel, image) == std::vector<float>({4.5f, 9, 18.5f}));
  input.order = PixelOrder::kRgb;
  CHECK(prepared(input, pixel, image) == std::vector<float>({19.5f, 9, 3.5f}));
  input.mean = {5};
  CHECK(prepared(input, pixel, image) == std::vector<float>({17.5f, 7.5f, 2.5f}));
  // 0.114 * 10 + 0.587 * 20 + 0.299 * 40 = 24.84.
  CHECK(prepared(input = {"data"}, {1, 1, 1, 1}, image) == std::vector<float>({25}));
}

TEST(preprocess_channels_together_become_planes) {
  Pixels image(1, 2, 3);
  image.values = {1, 2, 3, 4, 5, 6};
  CHECK(prepared(CardInput{"data"}, {1, 3, 1, 2}, image) == std::vector<float>({1, 4, 2, 5, 3, 6}));
}

TEST(preprocess_sizes) {
  const Shape free{1, 3, 0, 0};
  CardInput input{"data"};
  CHECK_EQ(shape_of(input, kColor, 30, 20), Shape({3, 4, 4}));
  input.shape = {1, 3, 0, 0};
  CHECK_EQ(shape_of(input, kColor, 30, 20), Shape({3, 30, 20}));
  input.shorter = 10;
  CHECK_EQ(shape_of(input, kColor, 30, 20), Shape({3, 15, 10}));
  CHECK_EQ(shape_of(input, kColor, 20, 30), Shape({3, 10, 15}));
  input.longer = 12;
  CHECK_EQ(shape_of(input, kColor, 30, 20), Shape({3, 12, 8}));
  input.longer = 100;
  CHECK_EQ(shape_of(input, kColor, 30, 20), Shape({3, 15, 10}));
  input.shorter = 0;
  CHECK_EQ(shape_of(input, kColor, 30, 20), Shape({3, 100, 67}));
  CHECK_EQ(shape_of(input, kColor, 1000, 1), Shape({3, 100, 1}));
  CHECK_FAILS(Status::kShape, "0 x 3 pixels has none", shape_of(input, kColor, 0, 3));
}

TEST(preprocess_crops_the_middle) {
  CardInput input{"data"};
  input.height = 3;
  input.width = 4;
  input.shape = {1, 1, 2, 2};
  const Pixels image = counting(3, 4, 1);
  CHECK(prepared(input, {1, 1, 2, 2}, image) == std::vector<float>({1, 2, 5, 6}));
  input.crop_height = input.crop_width = 2;
  CHECK(prepared(input, {1, 1, 2, 2}, image) == std::vector<float>({1, 2, 5, 6}));
  input.crop_height = 3;
  CHECK_FAILS(Status::kShape, "is of 2 x 2, but the card's crop of 3 x 2",
              shape_of(input, {1, 1, 2, 2}, 3, 4));
  input = CardInput{"data"};
  input.crop_height = input.crop_width = 4;
  CHECK_EQ(shape_of(input, kColor, 3, 9), Shape({3, 4, 4}));  // resized to it
  input.height = input.width = 3;
  CHECK_FAILS(Status::kShape, "cannot crop 4 x 4 from an image that is 3 x 3",
              shape_of(input, kColor, 9, 9));
}

TEST(preprocess_bytes_and_floats_agree) {
  CardInput input{"data"};
  input.height = input.width = 5;
  input.crop_height = input.crop_width = 4;
  input.mean = {104, 117, 123};
  const Pixels image = counting(9, 11, 3);
  FloatPixels floats(9, 11, 3);
  std::copy(image.values.begin(), image.values.end(), floats.values.begin());
  CHECK(prepared(input, kColor, floats) == prepared(input, kColor, image));
  for (float& value : floats.values) value += 0.25f;
  const std::vector<float> bytes = prepared(input, kColor, image);
  const std::vector<float> between = prepared(input, kColor, floats);
  for (size_t i = 0; i < bytes.size(); ++i) CHECK_NEAR(between[i], bytes[i] + 0.25, 0, 1.01);
}

// A mean image whose values count up, as a file.
std::string mean_file(const Folder& folder, int64_t channels, int64_t height, int64_t width) {
  Blob blob(Shape{1, channels, height, width});
  float* values = blob.data().write();
  for (int64_t i = 0; i < blob.count(); ++i) values[i] = static_cast<float>(i);
  BlobProto proto;
  copy_to_proto(blob, false, proto);
  write_binary_file(folder.file("mean.binaryproto"), proto);
  return "mean.binaryproto";
}

TEST(preprocess_mean_images) {
  const Folder folder;
  ModelCard card = kCard;
  card.folder = folder.path.string();
  CardInput input{"data"};
  input.height = input.width = 3;
  input.crop_height = input.crop_width = 1;
  const Pixels image = test::gray_pixels(3, 3, std::vector<uint8_t>(9, 100));
  const Log log;
  // Before the crop, after it, and of another size: its middle, with a warning, once.
  for (const auto& [size, value] : {std::pair<int64_t, float>{3, 96}, {1, 100}, {5, 88}}) {
    input.mean_file = mean_file(folder, 1, size, size);
    Preprocess preprocess(card, input, {1, 1, 1, 1});
    CHECK(prepared(preprocess, image) == std::vector<float>({value}));
    CHECK(prepared(preprocess, image) == std::vector<float>({value}));
  }
  CHECK_EQ(log.count("mean.binaryproto is of 5 x 5, the image of 3 x 3, and 1 x 1 when it is"), 1);
  CHECK_EQ(log.count("mean.binaryproto is of"), 1);
  input.crop_height = input.crop_width = 2;
  mean_file(folder, 1, 1, 3);
  Preprocess small(card, input, {1, 1, 2, 2});
  CHECK_FAILS(Status::kShape, "is of 1 x 3, the input of 2 x 2; give the card the mean of each",
              prepared(small, image));
  mean_file(folder, 3, 1, 1);
  CHECK_FAILS(Status::kShape,
              "expected a mean image of 1 channels, as the net's input has, found 3 values",
              Preprocess(card, input, {1, 1, 2, 2}));
  input.mean_file = "mean.npy";
  folder.file("mean.npy", "x");
  CHECK_FAILS(Status::kUnsupported, "python -m caffe.convert mean",
              Preprocess(card, input, {1, 1, 2, 2}));
  input.mean_file = "none.binaryproto";
  CHECK_FAILS(Status::kIo, "none.binaryproto: this file of the model is not there",
              Preprocess(card, input, {1, 1, 2, 2}));
  input.mean = {1};  // the mean of the card comes first
  CHECK(prepared(input = {"data"}, {1, 1, 3, 3}, image).at(0) == 100);
}

TEST(preprocess_planes_of_a_mean_image) {
  const Folder folder;
  ModelCard card = kCard;
  card.folder = folder.path.string();
  CardInput input{"data"};
  input.height = input.width = 3;
  input.mean_file = mean_file(folder, 3, 3, 3);
  Preprocess preprocess(card, input, {1, 3, 1, 1});
  Pixels image(3, 3, 3);
  std::fill(image.values.begin(), image.values.end(), uint8_t{50});
  CHECK(prepared(preprocess, image) == std::vector<float>({50 - 4, 50 - 13, 50 - 22}));
}

TEST(preprocess_inputs_that_are_no_images) {
  CardInput input{"data"};
  const auto make = [&](const Shape& blob) { Preprocess(kCard, input, blob); };
  CHECK_FAILS(Status::kShape, "card: input \"data\" has the shape 1 3", make({1, 3}));
  CHECK_FAILS(Status::kShape, "has 5 channels, expected 3 for the order BGR", make({1, 5, 4, 4}));
  input.order = PixelOrder::kGray;
  CHECK_FAILS(Status::kShape, "has 3 channels, expected 1 for the order gray", make(kColor));
  input = {"data"};
  input.mean = {1, 2};
  CHECK_FAILS(Status::kShape, "the mean has 2 values, the input 3 channels", make(kColor));
  input = {"data", {1, 1, 4, 4}};
  CHECK_FAILS(Status::kShape, "the shape that the card gives does not fit", make(kColor));
}

TEST(preprocess_warns_of_values_from_0_to_1) {
  const auto warnings = [](CardInput input, float most) {
    const Log log;
    FloatPixels image(4, 4, 3);
    std::fill(image.values.begin(), image.values.end(), most / 2);
    image.values[3] = most;
    Preprocess preprocess(kCard, input, kColor);
    prepared(preprocess, image);
    prepared(preprocess, image);
    return log.count("multiply by 255");
  };
  CardInput input{"data"};
  CHECK_EQ(warnings(input, 1), 0);
  input.mean = {104, 117, 123};
  CHECK_EQ(warnings(input, 1), 1);
  CHECK_EQ(warnings(input, 0.8f), 1);
  CHECK_EQ(warnings(input, 200), 0);
  CHECK_EQ(warnings(input, 0), 0);
  input = CardInput{"data"};
  input.scale = 1 / 256.0f;
  CHECK_EQ(warnings(input, 1), 1);
}

TEST(preprocess_grey_images_in_a_colour_model) {
  const Log log;
  Preprocess preprocess(kCard, CardInput{"data"}, {1, 3, 1, 1});
  const Pixels image = test::gray_pixels(1, 1, {9});
  CHECK(prepared(preprocess, image) == std::vector<float>({9, 9, 9}));
  CHECK(prepared(preprocess, image) == std::vector<float>({9, 9, 9}));
  CHECK_EQ(log.count("image is grey"), 1);
}

TEST(preprocess_lightness) {
  CardInput input{"data"};
  input.order = PixelOrder::kLightness;
  input.mean = {50};
  CHECK_NEAR(prepared(input, {1, 1, 1, 1}, one_pixel(255, 255, 255)).at(0), 50, 1e-4, 0);
  CHECK_NEAR(prepared(input, {1, 1, 1, 1}, one_pixel(0, 0, 0)).at(0), -50, 1e-4, 0);
}

TEST(preprocess_pixels_of_programs) {
  const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto ordered = [&](const std::string& order) {
    return pixels_of(bytes, 1, order == "gray" ? 8 : 2, order).values;
  };
  CHECK(ordered("BGR") == std::vector<uint8_t>({1, 2, 3, 4, 5, 6}));
  CHECK(ordered("RGB") == std::vector<uint8_t>({3, 2, 1, 6, 5, 4}));
  CHECK(ordered("BGRA") == std::vector<uint8_t>({1, 2, 3, 5, 6, 7}));
  CHECK(ordered("RGBA") == std::vector<uint8_t>({3, 2, 1, 7, 6, 5}));
  CHECK_EQ(ordered("gray").size(), 8u);
  CHECK_FAILS(Status::kInvalidArgument, "\"rgb\", expected BGR", ordered("rgb"));
  CHECK_FAILS(Status::kShape, "0 x 2", pixels_of(bytes, 0, 2, "BGR"));
  const float infinite[] = {0, 1, std::numeric_limits<float>::infinity()};
  CHECK_FAILS(Status::kInvalidArgument, "infinite", pixels_of(infinite, 1, 1, "RGB"));
}

}  // namespace
}  // namespace caffe
