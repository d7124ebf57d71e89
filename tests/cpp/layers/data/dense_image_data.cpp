// layers/data/dense_image_data.cpp: an image and its labels go the same way.
#include <set>

#include "cpp/layers/data/labelled_pair.hpp"

namespace caffe {
namespace {

using test::counting;
using test::DataLayer;
using test::LabelledPair;

TEST(dense_image_data_labels_keep_their_values) {
  const LabelledPair pair;
  DataLayer layer(pair.dense("", "mean_value: 1 scale: 0.5"));
  layer.forward();
  for (size_t i = 0; i < 24; ++i) {
    const auto value = static_cast<float>(i);
    CHECK_EQ(layer.values(0)[i], (value - 1) / 2);
    CHECK_EQ(layer.values(1)[i], 10 * value);
  }
}

TEST(dense_image_data_cuts_and_mirrors_labels_alike) {
  const LabelledPair pair;
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
  const LabelledPair pair;
  DataLayer layer(pair.dense("new_height: 7 new_width: 9"));
  layer.forward();
  for (const float label : layer.values(1)) CHECK_EQ(static_cast<int>(label) % 10, 0);
}

TEST(dense_image_data_labels_have_their_own_way_to_a_new_size) {
  const LabelledPair pair;
  test::make_png(pair.folder, "lab.png", test::gray_pixels(2, 3, {9, 8, 7, 6, 5, 4}));
  DataLayer layer(pair.dense("new_height: 2 new_width: 3"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 2, 3}));
  CHECK(layer.next(1) == std::vector<float>({9, 8, 7, 6, 5, 4}));
}

TEST(dense_image_data_labels_of_fewer_pixels) {
  const LabelledPair pair;
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
  const LabelledPair pair;
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

TEST(dense_image_data_root_folder_without_its_slash) {
  const LabelledPair pair;
  test::check_root_folder(pair, pair.dense(""));
}

TEST(dense_image_data_that_is_cut_off_is_counted) {
  const LabelledPair pair;
  test::check_cut_off(pair, pair.dense(""));
}

}  // namespace
}  // namespace caffe
