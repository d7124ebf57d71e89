// data/codecs.hpp: what comes back of an image that was written, real files, and damaged ones.
#include "data/codecs.hpp"

#include <algorithm>

#include "support/check.hpp"
#include "support/image_files.hpp"
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
  CHECK_FAILS(Status::kParse, "text.png: cannot read the image: it is no JPEG, PNG, BMP",
              read_image(folder.file("text.png", "this is text"), Colors::kBgr));
  CHECK_FAILS(Status::kParse, "it is no JPEG", read_image(folder.file("empty", ""), Colors::kBgr));
}

TEST(png_cut_anywhere_is_an_error) {
  const std::string file = encode_image(counting(9, 9, 3), "png");
  for (size_t size = 0; size < file.size(); ++size) {
    CHECK_FAILS(Status::kParse, "cannot read the image",
                decode_image(std::string_view(file).substr(0, size), Colors::kBgr));
  }
}

TEST(jpeg_cut_within_its_pixels_is_read_as_far_as_it_goes_when_asked_for) {
  const std::string file = encode_image(counting(64, 64, 3), "jpg");
  std::string damage = "something";
  const Pixels whole = decode_image(file, Colors::kBgr, &damage);
  CHECK_EQ(damage, "");
  const std::string_view cut = std::string_view(file).substr(0, file.size() - file.size() / 4);
  const Pixels half = decode_image(cut, Colors::kBgr, &damage);
  CHECK(std::equal(whole.values.begin(), whole.values.begin() + 64 * 3 * 8, half.values.begin()));
  CHECK(!same(whole, half));
  CHECK_EQ(damage, "the file is cut off within its pixels");
  CHECK_FAILS(Status::kParse, "cannot read the image: the file is cut off within its pixels",
              decode_image(cut, Colors::kBgr));
  CHECK_FAILS(Status::kParse, "cannot read the image",
              decode_image(std::string_view(file).substr(0, 100), Colors::kBgr, &damage));
}

// Wherever a file is cut, either all its pixels are there or somebody is told.
TEST(jpeg_cut_anywhere_is_told_of) {
  const std::string file = encode_image(counting(40, 40, 3), "jpg");
  const Pixels whole = decode_image(file, Colors::kBgr);
  size_t told = 0;
  for (size_t size = file.size() / 2; size < file.size(); ++size) {
    std::string damage;
    const Pixels image =
        decode_image(std::string_view(file).substr(0, size), Colors::kBgr, &damage);
    CHECK(!damage.empty() || same(image, whole));
    told += damage.empty() ? 0 : 1;
  }
  CHECK(told > file.size() / 2 - 32);
  // Without its last marker only, all of it is there.
  CHECK(same(decode_image(std::string_view(file).substr(0, file.size() - 2), Colors::kBgr), whole));
}

TEST(jpeg_damaged_within_its_pixels_is_told_of) {
  std::string file = encode_image(counting(64, 64, 3), "jpg");
  file.replace(file.size() / 2, 2, "\xff\xd9");  // an end that comes too early
  std::string damage;
  CHECK_EQ(decode_image(file, Colors::kBgr, &damage).height, 64);
  CHECK_EQ(damage, "the file is damaged within its pixels");
  CHECK_FAILS(Status::kParse, "damaged within its pixels", decode_image(file, Colors::kBgr));
}

TEST(formats_in_the_colors_asked_for) {
  Pixels image = decode_image(test::gif_file(), Colors::kBgr);
  CHECK_EQ(image.channels, 3);
  CHECK_EQ(decode_image(test::gif_file(), Colors::kGray).channels, 1);
  CHECK_EQ(decode_image("P5 1 1 255 a", Colors::kAsStored).channels, 1);
  CHECK(decode_image("P5 1 1 255 a", Colors::kBgr).values == std::vector<uint8_t>(3, 'a'));
  CHECK_FAILS(Status::kParse, "cannot read the image: the file is cut off",
              decode_image("P5 2 1 255 a", Colors::kBgr));
}

// A module that is not built is no defect; its absence must be said.
void check_module(const std::string& file, int64_t side, int64_t channels, const char* name) {
  try {
    const Pixels image = decode_image(file, Colors::kAsStored);
    CHECK_EQ(image.width, side);
    CHECK_EQ(image.channels, channels);
  } catch (const Error& error) {
    const std::string expected = str("it is a ", name, " file, and the ");
    CHECK(std::string(error.what()).find(expected) != std::string::npos);
    CHECK(std::string(error.what()).find("as a PNG file it can be read") != std::string::npos);
    SKIP(error.what());
  }
}

TEST(tiff_files) {
  check_module(test::tiff_file(), 5, 1, "TIFF");
}

TEST(webp_files) {
  check_module(test::webp_file(), 3, 4, "WebP");
  check_module(test::lossy_webp_file(), 3, 3, "WebP");
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
