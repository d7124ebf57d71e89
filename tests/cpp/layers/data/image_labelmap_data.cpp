// layers/data/image_labelmap_data.cpp: an image and its labels go the same way.
#include "cpp/layers/data/labelled_pair.hpp"

namespace caffe {
namespace {

using test::counting;
using test::DataLayer;
using test::LabelledPair;

TEST(image_labelmap_data_labels_are_rounded) {
  const LabelledPair pair;
  DataLayer layer(pair.labelmap("", "scale: 2"));
  layer.forward();
  for (size_t i = 0; i < 24; ++i) {
    CHECK_EQ(layer.values(0)[i], 2 * static_cast<float>(i));
    CHECK_EQ(layer.values(1)[i], 10 * i >= 128 ? 1.0f : 0.0f);
  }
}

TEST(image_labelmap_data_cuts_labels_alike) {
  const LabelledPair pair;
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
  const LabelledPair pair;
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

TEST(image_labelmap_data_root_folder_without_its_slash) {
  const LabelledPair pair;
  test::check_root_folder(pair, pair.labelmap(""));
}

TEST(image_labelmap_data_that_is_cut_off_is_counted) {
  const LabelledPair pair;
  test::check_cut_off(pair, pair.labelmap(""));
}

}  // namespace
}  // namespace caffe
