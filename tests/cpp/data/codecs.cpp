// data/codecs.hpp: what comes back of an image that was written, real files, and damaged ones.
#include "data/codecs.hpp"

#include <algorithm>

#include "support/check.hpp"
#include "support/images.hpp"

namespace caffe {
namespace {

using test::counting;
using test::Folder;

bool same(const Pixels& a, const Pixels& b) {
  return a.height == b.height && a.width == b.width && a.channels == b.channels &&
         a.values == b.values;
}

int largest_difference(const Pixels& a, const Pixels& b) {
  int largest = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
  }
  return largest;
}

// A soft slope, which JPEG keeps well.
Pixels slope(int64_t channels) {
  Pixels image(24, 40, channels);
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t i = 0; i < image.width * channels; ++i) {
      image.row(y)[i] = static_cast<uint8_t>(40 + 3 * y + 2 * (i / channels) + 10 * (i % channels));
    }
  }
  return image;
}

TEST(png_there_and_back) {
  for (const int64_t channels : {1, 3, 4}) {
    const Pixels image = counting(5, 7, channels);
    CHECK(same(decode_image(encode_image(image, "png"), Colors::kAsStored), image));
    CHECK(same(decode_image(encode_image(image, ".PNG"), Colors::kAsStored), image));
  }
}

TEST(png_colors_are_what_is_asked_for) {
  const std::string gray = encode_image(counting(2, 2, 1), "png");
  CHECK(decode_image(gray, Colors::kBgr).values ==
        std::vector<uint8_t>({0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}));
  Pixels color(1, 2, 3);
  color.values = {255, 0, 0, 10, 20, 30};
  // 0.114 of blue; 0.114 * 10 + 0.587 * 20 + 0.299 * 30 = 21.85.
  const Pixels mixed = decode_image(encode_image(color, "png"), Colors::kGray);
  CHECK_NEAR(mixed.values.at(0), 29, 0, 1);
  CHECK_NEAR(mixed.values.at(1), 22, 0, 1);
}

TEST(png_alpha_is_dropped_or_kept) {
  Pixels image(1, 1, 4);
  image.values = {10, 20, 30, 0};
  const std::string file = encode_image(image, "png");
  CHECK(decode_image(file, Colors::kBgr).values == std::vector<uint8_t>({10, 20, 30}));
  CHECK_EQ(decode_image(file, Colors::kAsStored).channels, 4);
}

TEST(jpeg_there_and_back) {
  for (const int64_t channels : {1, 3}) {
    const Pixels image = slope(channels);
    const Pixels back = decode_image(encode_image(image, "jpg"), Colors::kAsStored);
    CHECK_EQ(back.channels, channels);
    CHECK(largest_difference(image, back) <= 6);
  }
}

TEST(jpeg_quality_changes_the_size) {
  const Pixels image = counting(64, 64, 3);
  CHECK(encode_image(image, "jpg", 10).size() < encode_image(image, "jpg", 90).size());
  CHECK_FAILS(Status::kInvalidArgument, "quality of a JPEG file is 101",
              encode_image(image, "jpg", 101));
}

TEST(codecs_of_images_that_cannot_be) {
  CHECK_FAILS(Status::kInvalidArgument, "expected \"jpg\" or \"png\"",
              encode_image(counting(1, 1, 1), "bmp"));
  CHECK_FAILS(Status::kInvalidArgument, "one or three channels",
              encode_image(counting(1, 1, 4), "jpg"));
  CHECK_FAILS(Status::kInvalidArgument, "one, three or four",
              encode_image(counting(1, 1, 2), "png"));
  CHECK_FAILS(Status::kInvalidArgument, "empty", encode_image(Pixels(0, 3, 3), "png"));
  CHECK_FAILS(Status::kInvalidArgument, "1 to 65500", encode_image(Pixels(1, 70000, 1), "jpg"));
}

TEST(codecs_errors_name_the_file) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "no.png", read_image(folder.file("no.png"), Colors::kBgr));
  CHECK_FAILS(Status::kParse, "text.png: cannot read the image: it is neither a JPEG nor a PNG",
              read_image(folder.file("text.png", "this is text"), Colors::kBgr));
  CHECK_FAILS(Status::kParse, "neither", read_image(folder.file("empty", ""), Colors::kBgr));
}

TEST(png_cut_anywhere_is_an_error) {
  const std::string file = encode_image(counting(9, 9, 3), "png");
  for (size_t size = 0; size < file.size(); ++size) {
    CHECK_FAILS(Status::kParse, "cannot read the image",
                decode_image(std::string_view(file).substr(0, size), Colors::kBgr));
  }
}

TEST(jpeg_cut_within_its_pixels_is_read_as_far_as_it_goes) {
  const std::string file = encode_image(counting(64, 64, 3), "jpg");
  const Pixels whole = decode_image(file, Colors::kBgr);
  const Pixels half =
      decode_image(std::string_view(file).substr(0, file.size() - file.size() / 4), Colors::kBgr);
  CHECK(std::equal(whole.values.begin(), whole.values.begin() + 64 * 3 * 8, half.values.begin()));
  CHECK(!same(whole, half));
  CHECK_FAILS(Status::kParse, "cannot read the image",
              decode_image(std::string_view(file).substr(0, 100), Colors::kBgr));
}

TEST(codecs_sizes_that_cannot_be_true_are_errors) {
  std::string jpeg = encode_image(counting(8, 8, 1), "jpg");
  const size_t frame = jpeg.find("\xff\xc0");
  jpeg.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
  CHECK_FAILS(Status::kParse, "more pixels than can be in it", decode_image(jpeg, Colors::kBgr));
}

TEST(codecs_read_real_photographs) {
  const Pixels cat = read_image(test::shared_file("data/images/cat.jpg"), Colors::kAsStored);
  CHECK_EQ(cat.height, 360);
  CHECK_EQ(cat.width, 480);
  CHECK_EQ(cat.channels, 3);
  const Pixels gray = read_image(test::shared_file("data/images/cat.jpg"), Colors::kGray);
  CHECK(largest_difference(to_gray(cat), gray) <= 3);
}

}  // namespace
}  // namespace caffe
