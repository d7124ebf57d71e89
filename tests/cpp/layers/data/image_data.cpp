// layers/data/image_data.cpp and the list it reads: sizes, order, shuffling, and what cannot be
// read.
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
using test::make_png;

// Five grey images of 2 x 3 with one value each, 10 * i, and label i; one has a blank in its name.
struct Five {
  Five() {
    std::string list;
    for (int i = 0; i < 5; ++i) {
      const std::string name = i == 2 ? "the third.png" : str("im", i, ".png");
      Pixels image(2, 3, 1);
      for (uint8_t& value : image.values) value = static_cast<uint8_t>(10 * i);
      make_png(folder, name, image);
      list += str(name, " ", i, "\n");
    }
    source = folder.file("list.txt", list);
  }
  std::string text(const std::string& more, const std::string& transform = "") const {
    return str("type: 'ImageData' top: 'data' top: 'label' image_data_param { source: '", source,
               "' root_folder: '", folder.path.string(), "/' ", more, " } transform_param { ",
               transform, " }");
  }

  Folder folder;
  std::string source;
};

std::vector<int> labels_of(DataLayer& layer, int batches) {
  std::vector<int> labels;
  for (int i = 0; i < batches; ++i) {
    layer.forward();
    for (const float label : layer.values(1)) labels.push_back(static_cast<int>(label));
  }
  return labels;
}

TEST(image_data_in_the_order_of_the_list) {
  const Five five;
  DataLayer layer(five.text("batch_size: 2"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({2, 3, 2, 3}));
  CHECK_EQ(layer.tops[1]->shape(), Shape({2}));
  for (int pass = 0; pass < 6; ++pass) {
    layer.forward();
    for (int i = 0; i < 2; ++i) {
      const int image = (2 * pass + i) % 5;
      CHECK_EQ(layer.values(1)[static_cast<size_t>(i)], static_cast<float>(image));
      for (size_t k = 0; k < 18; ++k) {
        CHECK_EQ(layer.values(0)[static_cast<size_t>(i) * 18 + k], static_cast<float>(10 * image));
      }
    }
  }
}

TEST(image_data_gray_and_transformed) {
  const Five five;
  make_png(five.folder, "im0.png", counting(2, 3, 1));
  DataLayer layer(five.text("is_color: false", "mean_value: 1 scale: 2"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({1, 1, 2, 3}));
  CHECK(layer.next() == std::vector<float>({-2, 0, 2, 4, 6, 8}));
}

TEST(image_data_channels_are_blue_green_red) {
  const Five five;
  make_png(five.folder, "im0.png", counting(1, 2, 3));
  DataLayer layer(five.text(""));
  CHECK(layer.next() == std::vector<float>({0, 3, 1, 4, 2, 5}));
}

TEST(image_data_every_epoch_is_another_permutation) {
  const Five five;
  DataLayer layer(five.text("batch_size: 5 shuffle: true"));
  std::set<std::vector<int>> orders;
  for (int epoch = 0; epoch < 20; ++epoch) {
    std::vector<int> labels = labels_of(layer, 1);
    orders.insert(labels);
    std::sort(labels.begin(), labels.end());
    CHECK(labels == std::vector<int>({0, 1, 2, 3, 4}));
  }
  CHECK(orders.size() > 10);
}

TEST(image_data_seeks) {
  const Five five;
  const std::string text =
      five.text("batch_size: 3 shuffle: true rand_skip: 4", "crop_size: 2 mirror: true");
  DataLayer through(text, TRAIN, 7), jumping(text, TRAIN, 7);
  std::vector<std::vector<float>> seen;
  for (int pass = 0; pass < 8; ++pass) seen.push_back(through.next());
  for (const int pass : {5, 0, 7, 7, 2}) {
    jumping.layer->seek(pass, 1);
    CHECK(jumping.next() == seen[static_cast<size_t>(pass)]);
  }
}

TEST(image_data_rand_skip_begins_somewhere) {
  const Five five;
  std::set<int> firsts;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    DataLayer layer(five.text("rand_skip: 3"), TRAIN, seed);
    firsts.insert(labels_of(layer, 1)[0]);
  }
  CHECK(firsts == std::set<int>({0, 1, 2}));
}

TEST(image_data_resizes) {
  const Five five;
  make_png(five.folder, "im1.png", counting(5, 4, 3));
  DataLayer layer(five.text("batch_size: 5 new_height: 4 new_width: 7"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({5, 3, 4, 7}));
  CHECK_EQ(layer.next().size(), size_t{5 * 3 * 4 * 7});
}

TEST(image_data_of_several_sizes) {
  const Five five;
  make_png(five.folder, "im1.png", counting(5, 4, 3));
  DataLayer one(five.text("batch_size: 1"));
  one.forward();
  one.forward();
  CHECK_EQ(one.tops[0]->shape(), Shape({1, 3, 5, 4}));
  DataLayer two(five.text("batch_size: 2"));
  CHECK_FAILS(Status::kShape,
              "list.txt:2: im1.png has shape 3 5 4 (60), the first of its batch 3 2 3 (18)",
              two.forward());
  CHECK_FAILS(Status::kShape, "im1.png", two.forward());  // it is tried again
}

TEST(image_data_parameters_that_make_no_sense) {
  const Five five;
  CHECK_FAILS(Status::kInvalidArgument, "new_height 4 and new_width 0",
              DataLayer(five.text("new_height: 4")));
  CHECK_FAILS(Status::kInvalidArgument, "batch_size is 0", DataLayer(five.text("batch_size: 0")));
  CHECK_FAILS(Status::kShape, "crop_size is 9", DataLayer(five.text("", "crop_size: 9")));
  CHECK_FAILS(Status::kUnsupported, "image_data_param.min_height",
              DataLayer(five.text("min_height: 4")));
  CHECK_FAILS(Status::kInvalidArgument, "source is missing",
              DataLayer("type: 'ImageData' top: 'a' top: 'b'"));
}

TEST(image_data_lists_that_are_wrong) {
  Five five;
  const auto with = [&](const std::string& list) {
    five.folder.file("list.txt", list);
    return five.text("");
  };
  CHECK_FAILS(Status::kInvalidArgument, "lists no image", DataLayer(with("\n  \n")));
  CHECK_FAILS(Status::kParse, "list.txt:2: expected a path, a blank and a label, found \"alone\"",
              DataLayer(with("im0.png 1\nalone\n")));
  CHECK_FAILS(Status::kParse, "list.txt:1: expected a whole number for the label, found \"cat\"",
              DataLayer(with("im0.png cat\n")));
  CHECK_FAILS(Status::kIo, "no.png", DataLayer(with("no.png 1\n")));
  CHECK_FAILS(Status::kParse, "list.txt:1: ", DataLayer(with("list.txt 1\n")));
  five.source = "no such list";
  CHECK_FAILS(Status::kIo, "the list of images: cannot read \"no such list\"",
              DataLayer(five.text("")));
  five.source = five.folder.path.string();
  CHECK_FAILS(Status::kParse, "this is a folder, not a list of images", DataLayer(five.text("")));
  five.source = five.folder.file("im3.png");
  CHECK_FAILS(Status::kParse, "im3.png: this is an image, not a list of images",
              DataLayer(five.text("")));
}

TEST(image_data_lists_of_other_systems) {
  const Five five;
  five.folder.file("list.txt", "im3.png\t3\r\n\r\n  im4.png  -4  \r\n");
  CHECK_FAILS(Status::kIo, "  im4.png", DataLayer(five.text("batch_size: 2")).forward());
  five.folder.file("list.txt", "im3.png\t3\r\n\r\nim4.png  -4  \r\n");
  DataLayer layer(five.text("batch_size: 2"));
  CHECK(labels_of(layer, 1) == std::vector<int>({3, -4}));
  five.folder.file("list.txt", "\xef\xbb\xbfim3.png 3\r\n");
  DataLayer marked(five.text("batch_size: 1"));
  CHECK(labels_of(marked, 1) == std::vector<int>({3}));
}

TEST(image_data_root_folder_with_and_without_its_slash) {
  const Five five;
  const std::string folder = five.folder.path.string();
  const auto first_label = [&](const std::string& root, const std::string& list) {
    const std::string source = five.folder.file("other.txt", list);
    DataLayer layer(str("type: 'ImageData' top: 'a' top: 'b' image_data_param { source: '", source,
                        "' root_folder: '", root, "' batch_size: 1 }"));
    return layer.next(0).at(0);
  };
  CHECK_EQ(first_label(folder, "im3.png 3\n"), 30.0f);
  CHECK_EQ(first_label(folder + "/", "im3.png 3\n"), 30.0f);
  CHECK_EQ(first_label(folder, "/im3.png 3\n"), 30.0f);
  CHECK_EQ(first_label("", folder + "/im3.png 3\n"), 30.0f);
  // What was meant for the paths to be put together as they are.
  CHECK_EQ(first_label(folder + "/im", "3.png 3\n"), 30.0f);
  // Where neither exists the folder is what is named.
  CHECK_FAILS(Status::kIo, folder + "/no.png", first_label(folder, "no.png 3\n"));
  // Where both exist the folder is meant.
  std::filesystem::create_directory(five.folder.path / "im");
  make_png(five.folder, "im/3.png", counting(1, 1, 1, 77));
  CHECK_EQ(first_label(folder + "/im", "3.png 3\n"), 77.0f);
}

TEST(image_data_that_is_cut_off_is_used_and_counted) {
  const Five five;
  const std::string file = encode_image(counting(64, 64, 3), "jpg");
  five.folder.file("cut.jpg", file.substr(0, file.size() / 2));
  const std::string source = five.folder.file("list.txt", "cut.jpg 7\n");
  const test::Logged log;
  DataLayer layer(five.text("batch_size: 3"));
  for (int pass = 0; pass < 4; ++pass) CHECK_EQ(layer.next(1).at(0), 7.0f);
  CHECK_EQ(log.count("cut.jpg: the file is cut off within its pixels and is used as far as it "
                     "goes; 1 such image so far"),
           1);
  CHECK_EQ(log.count("cut.jpg"), 1);
}
}  // namespace
}  // namespace caffe
