// layers/data/dense_image_data.cpp and image_labelmap_data.cpp: images with a label for every
// pixel.
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

// An image of 4 x 6 whose values count up, grey, and labels that are the same times 10.
struct Pair {
  Pair() {
    test::make_png(folder, "im.png", counting(4, 6, 1));
    Pixels labels = counting(4, 6, 1);
    for (uint8_t& value : labels.values) value = static_cast<uint8_t>(10 * value);
    test::make_png(folder, "lab.png", labels);
    folder.file("list.txt", "im.png lab.png\n");
  }
  std::string dense(const std::string& more, const std::string& transform = "") const {
    return str("type: 'DenseImageData' top: 'a' top: 'b' dense_image_data_param { source: '",
               folder.file("list.txt"), "' root_folder: '", folder.path.string(),
               "/' batch_size: 1 is_color: false ", more, " } transform_param { ", transform, " }");
  }
  std::string labelmap(const std::string& more, const std::string& transform = "") const {
    return str("type: 'ImageLabelmapData' top: 'a' top: 'b' image_data_param { source: '",
               folder.file("list.txt"), "' root_folder: '", folder.path.string(),
               "/' is_color: false ", more, " } transform_param { ", transform, " }");
  }
  Folder folder;
};

TEST(dense_image_data_labels_keep_their_values) {
  const Pair pair;
  DataLayer layer(pair.dense("", "mean_value: 1 scale: 0.5"));
  layer.forward();
  for (size_t i = 0; i < 24; ++i) {
    const auto value = static_cast<float>(i);
    CHECK_EQ(layer.values(0)[i], (value - 1) / 2);
    CHECK_EQ(layer.values(1)[i], 10 * value);
  }
}

TEST(dense_image_data_cuts_and_mirrors_labels_alike) {
  const Pair pair;
  for (const Phase phase : {TRAIN, TEST}) {
    DataLayer layer(pair.dense("crop_height: 2 crop_width: 3 mirror: true"), phase);
    CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 2, 3}));
    CHECK_EQ(layer.tops[1]->shape(), Shape({1, 1, 2, 3}));
    std::set<float> corners;
    for (int pass = 0; pass < 400; ++pass) {
      layer.forward();
      for (size_t i = 0; i < 6; ++i) CHECK_EQ(layer.values(1)[i], 10 * layer.values(0)[i]);
      corners.insert(layer.values(0)[0]);
    }
    CHECK_EQ(corners.size(), size_t{3 * 6});  // 3 rows; columns 0 to 3, or mirrored 2 to 5
  }
}

TEST(dense_image_data_labels_are_not_mixed_by_resizing) {
  const Pair pair;
  DataLayer layer(pair.dense("new_height: 7 new_width: 9"));
  layer.forward();
  for (const float label : layer.values(1)) CHECK_EQ(static_cast<int>(label) % 10, 0);
}

TEST(dense_image_data_labels_have_their_own_way_to_a_new_size) {
  const Pair pair;
  test::make_png(pair.folder, "lab.png", test::gray_pixels(2, 3, {9, 8, 7, 6, 5, 4}));
  DataLayer layer(pair.dense("new_height: 2 new_width: 3"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 2, 3}));
  CHECK(layer.next(1) == std::vector<float>({9, 8, 7, 6, 5, 4}));
}

TEST(dense_image_data_labels_of_fewer_pixels) {
  const Pair pair;
  DataLayer layer(pair.dense("label_divide_factor: 2"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 4, 6}));
  CHECK_EQ(layer.tops[1]->shape(), Shape({1, 1, 2, 3}));
  CHECK(layer.next(1) == std::vector<float>({0, 20, 40, 120, 140, 160}));
  DataLayer larger(pair.dense("label_divide_factor: 3 new_height: 8 new_width: 18"));
  CHECK_EQ(larger.tops[0]->shape(), Shape({1, 1, 8, 18}));
  CHECK_EQ(larger.tops[1]->shape(), Shape({1, 1, 2, 6}));
  DataLayer mirrored(pair.dense("label_divide_factor: 2 mirror: true"));
  for (int pass = 0; pass < 20; ++pass) {
    mirrored.forward();
    const bool flipped = mirrored.values(0)[0] == 5;
    CHECK_EQ(mirrored.values(1)[0], flipped ? 40.0f : 0.0f);
  }
  // Files that have the size already are taken as they are.
  test::make_png(pair.folder, "lab.png", test::gray_pixels(2, 3, {9, 8, 7, 6, 5, 4}));
  DataLayer ready(pair.dense("label_divide_factor: 2"));
  CHECK(ready.next(1) == std::vector<float>({9, 8, 7, 6, 5, 4}));
  CHECK_FAILS(Status::kShape, "im.png has 4 x 6 pixels, its labels lab.png have 2 x 3",
              DataLayer(pair.dense("label_divide_factor: 3")));
  CHECK_FAILS(Status::kShape, "nothing is left of the labels of 4 x 6 pixels",
              DataLayer(pair.dense("label_divide_factor: 5")));
  CHECK_FAILS(Status::kInvalidArgument, "must be at least 1",
              DataLayer(pair.dense("label_divide_factor: 0")));
  CHECK_FAILS(Status::kInvalidArgument, "goes without crop_height",
              DataLayer(pair.dense("label_divide_factor: 2 crop_height: 2 crop_width: 2")));
}

TEST(dense_image_data_that_makes_no_sense) {
  const Pair pair;
  CHECK_FAILS(Status::kInvalidArgument, "transform_param cannot mirror or crop",
              DataLayer(pair.dense("", "mirror: true")));
  CHECK_FAILS(Status::kInvalidArgument, "transform_param cannot mirror or crop",
              DataLayer(pair.dense("", "crop_size: 2")));
  CHECK_FAILS(Status::kInvalidArgument, "crop_height 2 and crop_width 0",
              DataLayer(pair.dense("crop_height: 2")));
  CHECK_FAILS(Status::kInvalidArgument, "new_height 2 and new_width 0",
              DataLayer(pair.dense("new_height: 2")));
  CHECK_FAILS(Status::kShape, "5 x 9, the image has 4 x 6",
              DataLayer(pair.dense("crop_height: 5 crop_width: 9")));
  test::make_png(pair.folder, "lab.png", counting(4, 5, 1));
  CHECK_FAILS(Status::kShape, "im.png has 4 x 6 pixels, its labels lab.png have 4 x 5",
              DataLayer(pair.dense("")));
}

TEST(image_labelmap_data_labels_are_rounded) {
  const Pair pair;
  DataLayer layer(pair.labelmap("", "scale: 2"));
  layer.forward();
  for (size_t i = 0; i < 24; ++i) {
    CHECK_EQ(layer.values(0)[i], 2 * static_cast<float>(i));
    CHECK_EQ(layer.values(1)[i], 10 * i >= 128 ? 1.0f : 0.0f);
  }
}

TEST(image_labelmap_data_cuts_labels_alike) {
  const Pair pair;
  DataLayer layer(pair.labelmap("", "crop_size: 3 mirror: true"), TRAIN);
  CHECK_EQ(layer.tops[1]->shape(), Shape({1, 1, 3, 3}));
  for (int pass = 0; pass < 50; ++pass) {
    layer.forward();
    for (size_t i = 0; i < 9; ++i) {
      CHECK_EQ(layer.values(1)[i], 10 * layer.values(0)[i] >= 128 ? 1.0f : 0.0f);
    }
  }
}

TEST(image_labelmap_data_sizes) {
  const Pair pair;
  CHECK_FAILS(Status::kUnsupported, "image_data_param.label_divide_factor",
              DataLayer(pair.labelmap("label_divide_factor: 2")));
  DataLayer layer(pair.labelmap("new_height: 2 new_width: 5"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 2, 5}));
  CHECK_EQ(layer.tops[1]->shape(), Shape({1, 1, 2, 5}));
  layer.forward();
  for (const float label : layer.values(1)) CHECK(label == 0 || label == 1);
  test::make_png(pair.folder, "lab.png", counting(2, 5, 1));
  CHECK_FAILS(Status::kShape, "its labels lab.png have 2 x 5",
              DataLayer(pair.labelmap("new_height: 2 new_width: 5")));
}

TEST(labelled_images_root_folder_without_its_slash) {
  const Pair pair;
  const std::string root = pair.folder.path.string();
  for (std::string text : {pair.dense(""), pair.labelmap("")}) {
    DataLayer with_slash(text);
    text.replace(text.find(root + "/'"), root.size() + 1, root);
    DataLayer without_slash(text);
    CHECK(with_slash.next() == without_slash.next());
  }
}

TEST(labelled_images_that_are_cut_off_are_counted) {
  const Pair pair;
  const std::string file = encode_image(counting(64, 64, 3), "jpg");
  pair.folder.file("cut.jpg", file.substr(0, file.size() / 2));
  pair.folder.file("list.txt", "cut.jpg cut.jpg\n");
  for (const std::string& text : {pair.dense(""), pair.labelmap("")}) {
    const test::Logged log;
    DataLayer layer(text);
    layer.forward();
    CHECK_EQ(log.count("cut.jpg: the file is cut off"), 1);
  }
}
}  // namespace
}  // namespace caffe
