// layers/data/image_seg_data.cpp
#include <set>

#include "net/net.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/images.hpp"

namespace caffe {
namespace {

using test::counting;
using test::DataLayer;
using test::Folder;

// An image of 4 x 6, grey, whose values count up from 1, and labels that are the same times 10.
struct Pair {
  Pair() {
    test::make_png(folder, "im.png", counting(4, 6, 1, 1));
    Pixels labels = counting(4, 6, 1, 1);
    for (uint8_t& value : labels.values) value = static_cast<uint8_t>(10 * value);
    test::make_png(folder, "lab.png", labels);
  }
  std::string layer(const std::string& more, const std::string& transform = "",
                    const std::string& list = "im.png lab.png\n",
                    const std::string& tops = "top: 'a' top: 'b'") const {
    return str("type: 'ImageSegData' ", tops, " image_data_param { source: '",
               folder.file("list.txt", list), "' root_folder: '", folder.path.string(),
               "/' is_color: false ", more, " } transform_param { ", transform, " }");
  }
  Folder folder;
};

TEST(image_seg_data_labels_of_pixels) {
  const Pair pair;
  DataLayer layer(pair.layer("label_type: PIXEL", "mean_value: 1 scale: 0.5"));
  CHECK_EQ(layer.tops[1]->shape(), Shape({1, 1, 4, 6}));
  layer.forward();
  for (size_t i = 0; i < 24; ++i) {
    CHECK_EQ(layer.values(0)[i], static_cast<float>(i) / 2);
    CHECK_EQ(layer.values(1)[i], 10 * static_cast<float>(i + 1));
  }
}

TEST(image_seg_data_labels_of_images_and_none) {
  const Pair pair;
  DataLayer image(pair.layer("", "", "im.png 300\n"));
  image.forward();
  for (const float label : image.values(1)) CHECK_EQ(label, 300.0f);
  DataLayer none(pair.layer("label_type: NONE ignore_label: -1", "", "im.png\nim.png lab.png\n"));
  for (int pass = 0; pass < 2; ++pass) {
    none.forward();
    for (const float label : none.values(1)) CHECK_EQ(label, -1.0f);
  }
}

TEST(image_seg_data_continues_what_is_smaller_than_the_crop) {
  const Pair pair;
  for (const char* crop : {"crop_size: 7", "crop_height: 7 crop_width: 7"}) {
    for (const Phase phase : {TRAIN, TEST}) {
      DataLayer layer(
          pair.layer("label_type: PIXEL ignore_label: 9", str("mean_value: 3.5 scale: 2 ", crop)),
          phase);
      CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 7, 7}));
      layer.forward();
      for (size_t y = 0; y < 7; ++y) {
        for (size_t x = 0; x < 7; ++x) {
          const bool inside = y < 4 && x < 6;
          const float value = static_cast<float>(6 * y + x + 1);
          CHECK_EQ(layer.values(0)[7 * y + x], inside ? 2 * (value - 3.5f) : 0);
          CHECK_EQ(layer.values(1)[7 * y + x], inside ? 10 * value : 9);
        }
      }
    }
  }
  // One label for all, but not behind the image.
  DataLayer one(pair.layer("", "crop_size: 7", "im.png 4\n"));
  one.forward();
  CHECK_EQ(one.values(1)[0], 4.0f);
  CHECK_EQ(one.values(1)[6], 255.0f);
  CHECK_EQ(one.values(1)[48], 255.0f);
}

TEST(image_seg_data_cuts_and_mirrors_labels_alike) {
  const Pair pair;
  DataLayer layer(pair.layer("label_type: PIXEL", "crop_height: 5 crop_width: 3 mirror: true"),
                  TRAIN);
  std::set<float> corners;
  for (int pass = 0; pass < 300; ++pass) {
    layer.forward();
    for (size_t i = 0; i < 15; ++i) {
      const bool behind = i >= 12;
      CHECK_EQ(layer.values(1)[i], behind ? 255 : 10 * layer.values(0)[i]);
    }
    corners.insert(layer.values(0)[0]);
  }
  CHECK_EQ(corners.size(), size_t{6});  // the first row; columns 0 to 3, or mirrored 2 to 5
  // In phase TEST the middle.
  DataLayer middle(pair.layer("label_type: PIXEL", "crop_size: 2"));
  CHECK_EQ(middle.next()[0], 6 + 2 + 1);
}

TEST(image_seg_data_scales_before_it_cuts) {
  const Pair pair;
  DataLayer layer(pair.layer("label_type: PIXEL ignore_label: 0",
                             "crop_size: 8 scale_factors: 0.5 scale_factors: 1 scale_factors: 1.9"),
                  TRAIN);
  std::set<size_t> sizes;
  for (int pass = 0; pass < 100; ++pass) {
    layer.forward();
    size_t labelled = 0;
    for (const float label : layer.values(1)) {
      CHECK_EQ(static_cast<int>(label) % 10, 0);  // never mixed
      labelled += label != 0;
    }
    sizes.insert(labelled);
  }
  CHECK(sizes == std::set<size_t>({2 * 3, 4 * 6, 7 * 8}));  // 7 x 11, of which 8 columns are cut
}

// Which fields a net refuses is another list than the layer's.
TEST(image_seg_data_runs_in_a_net) {
  const Pair pair;
  NetParameter param;
  parse_text("layer { name: 'd' " +
                 pair.layer("label_type: PIXEL ignore_label: 0",
                            "crop_size: 8 mirror: true scale_factors: 2") +
                 " }",
             param);
  NetSetup setup;
  setup.state.set_phase(TRAIN);
  Net net(param, setup);
  net.forward();
  CHECK_EQ(net.blobs()[0]->shape(), Shape({1, 1, 8, 8}));
}

TEST(image_seg_data_third_top_has_the_sizes) {
  const Pair pair;
  test::make_png(pair.folder, "small.png", counting(2, 3, 1));
  const std::string tops = "top: 'a' top: 'b' top: 'c'";
  DataLayer layer(pair.layer("label_type: NONE batch_size: 2", "crop_size: 5 scale_factors: 2",
                             "im.png\nsmall.png\n", tops));
  CHECK_EQ(layer.tops[2]->shape(), Shape({2, 1, 1, 2}));
  layer.forward();
  CHECK(layer.values(2) == std::vector<float>({4, 5, 2, 3}));
  DataLayer whole(pair.layer("label_type: NONE new_height: 8 new_width: 9", "", "im.png\n", tops));
  whole.forward();
  CHECK(whole.values(2) == std::vector<float>({8, 9}));
  CHECK_FAILS(Status::kInvalidArgument, "at most 3 top(s)",
              DataLayer(pair.layer("", "", "im.png 1\n", tops + " top: 'd'")));
}

TEST(image_seg_data_resizes_labels_by_their_nearest_pixel) {
  const Pair pair;
  DataLayer layer(pair.layer("label_type: PIXEL new_height: 7 new_width: 9"));
  layer.forward();
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 7, 9}));
  for (const float label : layer.values(1)) CHECK_EQ(static_cast<int>(label) % 10, 0);
}

TEST(image_seg_data_that_makes_no_sense) {
  const Pair pair;
  const auto fails = [&](Status status, const std::string& part, const std::string& more,
                         const std::string& transform,
                         const std::string& list = "im.png lab.png\n") {
    CHECK_FAILS(status, part, DataLayer(pair.layer(more, transform, list)));
  };
  fails(Status::kUnsupported, "takes no transform_param.mean_file", "", "mean_file: 'm'");
  fails(Status::kUnsupported, "crop_height and crop_width say it", "", "crop_h: 2 crop_w: 2");
  fails(Status::kInvalidArgument, "crop_size 3, crop_height 2 and crop_width 2", "",
        "crop_size: 3 crop_height: 2 crop_width: 2");
  fails(Status::kInvalidArgument, "expected crop_size or both others", "", "crop_height: 2");
  fails(Status::kInvalidArgument, "scale_factors needs a crop", "", "scale_factors: 2");
  for (const char* factor : {"-1", "0", "nan", "inf", "1e30"}) {
    fails(Status::kInvalidArgument, "scale_factors has ", "",
          str("crop_size: 2 scale_factors: ", factor));
  }
  fails(Status::kUnsupported, "image_data_param.has_label is a fork's", "has_label: true", "");
  fails(Status::kUnsupported, "transform_param.distort_param", "", "distort_param { }");
  fails(Status::kInvalidArgument, "new_height 2 and new_width 0", "new_height: 2", "");
  fails(Status::kParse, "expected a whole number", "label_type: IMAGE", "");
  fails(Status::kIo, "none.png", "label_type: PIXEL", "", "im.png none.png\n");
  DataLayer tiny(pair.layer("label_type: PIXEL", "crop_size: 2 scale_factors: 0.2"));
  CHECK_FAILS(Status::kShape, "0.2 leaves nothing of 4 x 6", tiny.forward());
  test::make_png(pair.folder, "lab.png", counting(4, 5, 1));
  fails(Status::kShape, "im.png has 4 x 6 pixels, its labels lab.png have 4 x 5",
        "label_type: PIXEL", "");
}

}  // namespace
}  // namespace caffe
