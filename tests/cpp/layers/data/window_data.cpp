// layers/data/window_data.cpp: where windows come from, and lists that are wrong.
#include <set>

#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/images.hpp"
#include "support/logged.hpp"

namespace caffe {
namespace {

using test::counting;
using test::DataLayer;
using test::Folder;

// One image of 6 x 8; its pixel (y, x) is 10 y + x in all channels.
struct Place {
  explicit Place(const std::string& windows = "1\n2 0.9 1 1 4 4\n") {
    Pixels image(6, 8, 3);
    for (int64_t y = 0; y < 6; ++y) {
      for (int64_t i = 0; i < 24; ++i) image.row(y)[i] = static_cast<uint8_t>(10 * y + i / 3);
    }
    test::make_png(folder, "im.png", image);
    list(windows);
  }
  void list(const std::string& windows) const {
    folder.file("windows.txt", "# 0\nim.png\n3\n6\n8\n" + windows);
  }
  std::string text(const std::string& more, const std::string& transform = "crop_size: 4") const {
    return str("type: 'WindowData' top: 'data' top: 'label' window_data_param { source: '",
               folder.file("windows.txt"), "' root_folder: '", folder.path.string(), "/' ", more,
               " } transform_param { ", transform, " }");
  }
  Folder folder;
};

std::vector<float> first_channel(const std::vector<float>& values, size_t item = 0) {
  const size_t count = 16;
  const auto begin = values.begin() + static_cast<int64_t>(item * 3 * count);
  return {begin, begin + static_cast<int64_t>(count)};
}

TEST(window_data_cuts_the_window) {
  const Place place;
  DataLayer layer(place.text("batch_size: 1 fg_fraction: 1"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 3, 4, 4}));
  layer.forward();
  CHECK(first_channel(layer.values()) ==
        std::vector<float>({11, 12, 13, 14, 21, 22, 23, 24, 31, 32, 33, 34, 41, 42, 43, 44}));
  CHECK_EQ(layer.values(1)[0], 2.0f);
}

TEST(window_data_means_and_scale) {
  const Place place;
  DataLayer layer(place.text("batch_size: 1 fg_fraction: 1 scale: 0.5",
                             "crop_size: 4 mean_value: 1 mean_value: 2 mean_value: 3"));
  const std::vector<float> values = layer.next();
  CHECK_EQ(values[0], 5.0f);
  CHECK_EQ(values[16], 4.5f);
  CHECK_EQ(values[32], 4.0f);
}

TEST(window_data_context_beyond_the_image_is_zero) {
  const Place place("1\n2 0.9 0 0 3 3\n");
  // The window of 4 x 4 goes to the middle 2 x 2: its context reaches 4 pixels to every side.
  DataLayer layer(place.text("batch_size: 1 fg_fraction: 1 context_pad: 1"));
  const std::vector<float> values = first_channel(layer.next());
  for (const size_t i : {0, 1, 2, 3, 4, 8, 12}) CHECK_EQ(values[i], 0.0f);
  for (const size_t i : {6, 7, 10, 11}) CHECK(values[i] > 0);
}

TEST(window_data_mirrors_window_and_margin) {
  const Place place("1\n2 0.9 0 0 3 3\n");
  std::set<std::vector<float>> seen;
  DataLayer layer(
      place.text("batch_size: 1 fg_fraction: 1 context_pad: 1", "crop_size: 4 mirror: true"));
  for (int i = 0; i < 30; ++i) seen.insert(first_channel(layer.next()));
  CHECK_EQ(seen.size(), size_t{2});
  auto one = *seen.begin(), other = *seen.rbegin();
  for (size_t y = 0; y < 4; ++y) {
    std::reverse(one.begin() + static_cast<int64_t>(4 * y),
                 one.begin() + static_cast<int64_t>(4 * y + 4));
  }
  CHECK(one == other);
}

TEST(window_data_background_comes_first) {
  const Place place("3\n2 0.9 1 1 4 4\n1 0.1 0 0 3 3\n4 0.5 2 2 5 5\n");
  DataLayer layer(place.text("batch_size: 4 fg_fraction: 0.5 cache_images: true"));
  std::set<float> labels;
  for (int i = 0; i < 20; ++i) {
    layer.forward();
    const std::vector<float> found = layer.values(1);
    CHECK_EQ(found[0], 0.0f);
    CHECK_EQ(found[1], 0.0f);
    labels.insert(found[2]);
    labels.insert(found[3]);
  }
  CHECK(labels == std::set<float>({2, 4}));
}

TEST(window_data_seeks) {
  const Place place("3\n2 0.9 1 1 4 4\n1 0.1 0 0 3 3\n4 0.5 2 2 5 5\n");
  const std::string text =
      place.text("batch_size: 3 fg_fraction: 0.7", "crop_size: 4 mirror: true");
  DataLayer through(text), jumping(text);
  for (int i = 0; i < 4; ++i) through.forward();
  jumping.layer->seek(4, 1);
  CHECK(through.next() == jumping.next());
}

TEST(window_data_that_makes_no_sense) {
  const Place place;
  CHECK_FAILS(Status::kInvalidArgument, "batch_size is 0", DataLayer(place.text("")));
  CHECK_FAILS(Status::kInvalidArgument, "crop_size is missing",
              DataLayer(place.text("batch_size: 1", "")));
  CHECK_FAILS(Status::kInvalidArgument, "crop_mode is \"round\"",
              DataLayer(place.text("batch_size: 1 crop_mode: 'round'")));
  CHECK_FAILS(Status::kInvalidArgument, "less than half of crop_size",
              DataLayer(place.text("batch_size: 1 context_pad: 2")));
  CHECK_FAILS(Status::kInvalidArgument, "has no window that overlaps by less than bg_threshold",
              DataLayer(place.text("batch_size: 1")));
  CHECK_FAILS(Status::kInvalidArgument, "fg_fraction is nan, expected 0 to 1",
              DataLayer(place.text("batch_size: 1 fg_fraction: nan")));
  CHECK_FAILS(Status::kInvalidArgument, "mean_value is given 2 times",
              DataLayer(place.text("batch_size: 1", "crop_size: 4 mean_value: 1 mean_value: 2")));
}

TEST(window_data_lists_that_are_wrong) {
  const Place place;
  const auto with = [&](const std::string& windows) {
    place.list(windows);
    return place.text("batch_size: 1 fg_fraction: 1");
  };
  CHECK_FAILS(Status::kInvalidArgument, "the window 1 1 8 4 is not within the image of 6 x 8",
              DataLayer(with("1\n2 0.9 1 1 8 4\n")));
  CHECK_FAILS(Status::kInvalidArgument, "has label 0", DataLayer(with("1\n0 0.9 1 1 4 4\n")));
  CHECK_FAILS(Status::kParse, "image 0: expected", DataLayer(with("2\n2 0.9 1 1 4 4\n")));
  CHECK_FAILS(Status::kParse, "image 0: expected", DataLayer(with("x\n")));
  place.folder.file("windows.txt", "\xff\xd8\xff\xe0");
  CHECK_FAILS(Status::kParse, "windows.txt: this is an image, not a list of windows",
              DataLayer(place.text("batch_size: 1 fg_fraction: 1")));
  // The file has fewer pixels than the list says.
  test::make_png(place.folder, "im.png", counting(4, 4, 3));
  DataLayer layer(with("1\n2 0.9 1 1 4 4\n"));
  CHECK_FAILS(Status::kShape, "im.png has 4 x 4 pixels, fewer than the list says", layer.forward());
}

TEST(window_data_root_folder_and_images_that_are_cut_off) {
  const Place place;
  const std::string file = encode_image(counting(48, 64, 3), "jpg");
  place.folder.file("cut.jpg", file.substr(0, file.size() / 2));
  place.folder.file("windows.txt", "# 0\ncut.jpg\n3\n48\n64\n1\n2 0.9 1 1 4 4\n");
  const std::string text = place.text("batch_size: 2 fg_fraction: 1 cache_images: true");
  const std::string root = place.folder.path.string();
  std::string without = text;
  without.replace(without.find(root + "/'"), root.size() + 1, root);
  const test::Logged log;
  DataLayer with_slash(text);
  const std::vector<float> values = with_slash.next();
  CHECK_EQ(log.count("cut.jpg: the file is cut off"), 1);
  DataLayer without_slash(without);
  CHECK(without_slash.next() == values);
}
}  // namespace
}  // namespace caffe
