// layers/data/data.cpp: batches from databases, what transform_param makes of them, and seeking.
#include <algorithm>
#include <numeric>
#include <set>

#include "data/codecs.hpp"
#include "data/datum.hpp"
#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/images.hpp"
#include "support/lmdb.hpp"
#include "support/logged.hpp"

namespace caffe {
namespace {

using test::DataLayer;
using test::datum_bytes;
using test::Folder;

// Five images of 2 x 3 x 4; image i holds 10 * i, 10 * i + 1, ... and has label i.
struct Five {
  Five() {
    test::Records records;
    for (int i = 0; i < 5; ++i) {
      records.emplace_back(str("0000000", i), datum_bytes(2, 3, 4, 10 * i, i));
    }
    path = test::make_lmdb(folder, "db", records);
  }
  // A Data layer on them.
  std::string text(int batch_size, const std::string& transform = "",
                   const std::string& more = "") const {
    return str("type: 'Data' top: 'data' top: 'label' data_param { source: '", path,
               "' backend: LMDB batch_size: ", batch_size, " ", more, " } transform_param { ",
               transform, " }");
  }

  Folder folder;
  std::string path;
};

std::vector<float> ramp(float first, size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

TEST(data_batches_wrap_around) {
  const Five five;
  DataLayer layer(five.text(3));
  CHECK_EQ(layer.tops[0]->shape(), Shape({3, 2, 3, 4}));
  CHECK_EQ(layer.tops[1]->shape(), Shape({3}));
  for (int pass = 0; pass < 12; ++pass) {
    layer.forward();
    for (int i = 0; i < 3; ++i) {
      const int record = (pass * 3 + i) % 5;
      CHECK_EQ(layer.values(1)[static_cast<size_t>(i)], static_cast<float>(record));
      const std::vector<float> batch = layer.values();
      CHECK(std::vector<float>(batch.begin() + i * 24, batch.begin() + (i + 1) * 24) ==
            ramp(static_cast<float>(10 * record), 24));
    }
  }
}

TEST(data_labels_are_optional) {
  const Five five;
  DataLayer layer(str("type: 'Data' top: 'x' data_param { source: '", five.path,
                      "' backend: LMDB batch_size: 5 }"));
  CHECK_EQ(layer.next().size(), size_t{5 * 24});
}

TEST(data_test_crop_is_in_the_middle) {
  const Five five;
  DataLayer layer(five.text(1, "crop_size: 2 scale: 2 mean_value: 1 mean_value: 3"));
  CHECK(layer.next() == std::vector<float>({0, 2, 8, 10, 20, 22, 28, 30}));
}

TEST(data_train_crops_are_uniform) {
  const Five five;
  DataLayer layer(five.text(5, "crop_size: 2"), TRAIN);
  std::vector<int> seen(6);
  for (int pass = 0; pass < 400; ++pass) {
    const std::vector<float> values = layer.next();
    for (size_t i = 0; i < 5; ++i) {
      const int corner = static_cast<int>(values[i * 8]) - 10 * static_cast<int>(i);
      ++seen.at(static_cast<size_t>(corner / 4 * 3 + corner % 4));
    }
  }
  for (const int times : seen) CHECK_NEAR(times, 2000 / 6.0, 0, 90);  // 5 standard deviations
}

TEST(data_mirrors_half_of_the_images_in_both_phases) {
  const Five five;
  for (const Phase phase : {TRAIN, TEST}) {
    DataLayer layer(five.text(1, "mirror: true"), phase);
    int mirrored = 0;
    for (int pass = 0; pass < 1000; ++pass) {
      const std::vector<float> values = layer.next();
      const auto first = static_cast<float>(10 * (pass % 5));
      const bool flipped = values[0] != first;
      CHECK_EQ(values[flipped ? 3 : 0], first);
      CHECK_EQ(values[flipped ? 16 : 19], first + 19);
      mirrored += flipped;
    }
    CHECK_NEAR(mirrored, 500, 0, 80);
  }
}

TEST(data_mean_file_is_read_at_the_crop) {
  const Five five;
  BlobProto mean;
  mean.set_num(1);
  mean.set_channels(2);
  mean.set_height(3);
  mean.set_width(4);
  mean.data.own() = ramp(0, 24);
  const std::string path = five.folder.file("mean.binaryproto", wire_bytes(mean));
  DataLayer layer(five.text(5, "crop_size: 2 mean_file: '" + path + "'"), TRAIN);
  const std::vector<float> values = layer.next();
  for (size_t i = 0; i < values.size(); ++i) CHECK_EQ(values[i], static_cast<float>(i / 8 * 10));

  mean.set_width(3);
  mean.data.own() = ramp(0, 18);
  five.folder.file("mean.binaryproto", wire_bytes(mean));
  CHECK_FAILS(Status::kShape, "has shape 2 3 3 (18), the image 2 3 4 (24)",
              DataLayer(five.text(1, "mean_file: '" + path + "'")));
  mean.data.own().pop_back();
  five.folder.file("mean.binaryproto", wire_bytes(mean));
  CHECK_FAILS(Status::kShape, "expected one image",
              DataLayer(five.text(1, "mean_file: '" + path + "'")));
}

TEST(data_is_the_same_whatever_the_prefetch_and_follows_the_seed) {
  const Five five;
  const std::string random = "crop_size: 2 mirror: true";
  DataLayer one(five.text(4, random, "prefetch: 1"), TRAIN, 7);
  DataLayer many(five.text(4, random, "prefetch: 9"), TRAIN, 7);
  DataLayer other(five.text(4, random), TRAIN, 8);
  bool differs = false;
  for (int pass = 0; pass < 50; ++pass) {
    const std::vector<float> values = one.next();
    CHECK(values == many.next());
    differs = differs || values != other.next();
  }
  CHECK(differs);
}

TEST(data_seek_is_where_that_many_passes_lead) {
  const Five five;
  const std::string text = five.text(3, "crop_size: 2 mirror: true", "rand_skip: 4");
  DataLayer whole(text, TRAIN), resumed(text, TRAIN);
  std::vector<std::vector<float>> passes;
  for (int pass = 0; pass < 12; ++pass) passes.push_back(whole.next());
  for (const int pass : {7, 0, 3, 11}) {
    resumed.layer->seek(pass, 1);
    CHECK(resumed.next() == passes[static_cast<size_t>(pass)]);
  }
}

TEST(data_rand_skip_begins_within_the_first_records) {
  const Five five;
  std::vector<int> seen(5);
  for (uint64_t seed = 0; seed < 60; ++seed) {
    DataLayer layer(five.text(1, "", "rand_skip: 3"), TRAIN, seed);
    ++seen.at(static_cast<size_t>(layer.next(1)[0]));
  }
  CHECK(seen[0] > 0 && seen[1] > 0 && seen[2] > 0 && seen[3] == 0 && seen[4] == 0);
}

TEST(data_shuffles_every_epoch_anew) {
  const Five five;
  DataLayer layer(five.text(5, "", "shuffle: true"));
  std::set<std::vector<float>> orders;
  for (int epoch = 0; epoch < 20; ++epoch) {
    layer.forward();
    std::vector<float> labels = layer.values(1);
    for (size_t i = 0; i < 5; ++i) CHECK_EQ(layer.values()[24 * i], 10 * labels[i]);
    orders.insert(labels);
    std::ranges::sort(labels);
    CHECK(labels == (std::vector<float>{0, 1, 2, 3, 4}));
  }
  CHECK(orders.size() > 10);
}

TEST(data_seek_finds_the_place_in_the_shuffled_epochs) {
  const Five five;
  const std::string text = five.text(3, "", "shuffle: true rand_skip: 4");
  DataLayer whole(text), sought(text);
  for (int pass = 0; pass < 7; ++pass) whole.forward();
  sought.layer->seek(6, 1);
  sought.forward();
  CHECK(whole.values() == sought.values());
  CHECK(whole.values(1) == sought.values(1));
}

TEST(data_layers_share_a_database) {
  const Five five;
  std::vector<std::unique_ptr<DataLayer>> layers;
  for (int i = 0; i < 20; ++i) layers.push_back(std::make_unique<DataLayer>(five.text(i + 1)));
  for (int pass = 0; pass < 5; ++pass) {
    for (int i = 0; i < 20; ++i) {
      CHECK_EQ(layers[static_cast<size_t>(i)]->next(1)[0], static_cast<float>(pass * (i + 1) % 5));
    }
  }
}

TEST(data_images_of_another_size) {
  const Folder folder;
  const std::string path = test::make_lmdb(
      folder, "db", {{"a", datum_bytes(1, 2, 2, 0, 0)}, {"b", datum_bytes(1, 3, 1, 7, 1)}});
  const std::string text =
      str("type: 'Data' top: 'x' data_param { source: '", path, "' backend: LMDB batch_size: ");
  DataLayer single(text + "1 }");
  CHECK(single.next() == std::vector<float>({0, 1, 2, 3}));
  CHECK(single.next() == std::vector<float>({7, 8, 9}));
  CHECK_EQ(single.tops[0]->shape(), Shape({1, 1, 3, 1}));
  DataLayer pair(text + "2 }");
  for (int again = 0; again < 2; ++again) {
    CHECK_FAILS(Status::kShape,
                "record 1 (key \"b\"): has shape 1 3 1 (3), the first of its batch 1 2 2 (4)",
                pair.forward());
  }
}

TEST(data_float_records) {
  const Folder folder;
  Datum datum;
  datum.set_channels(3);
  datum.set_height(1);
  datum.set_width(1);
  datum.float_data = {0.5f, -1, 2e6f};
  const std::string path = test::make_lmdb(folder, "db", {{"a", wire_bytes(datum)}});
  DataLayer layer(
      str("type: 'Data' top: 'x' data_param { source: '", path, "' backend: LMDB batch_size: 1 }"));
  CHECK(layer.next() == datum.float_data);
}

// A grey pixel of value `pixel`, with these floats beside it.
std::string pose_bytes(char pixel, const std::vector<float>& floats) {
  Datum datum;
  datum.set_channels(1);
  datum.set_height(1);
  datum.set_width(1);
  datum.set_data(std::string(1, pixel));
  datum.float_data = floats;
  return wire_bytes(datum);
}

TEST(data_labels_of_several_values) {
  const Folder folder;
  const auto open = [&](const test::Records& records, const std::string& tops) {
    const std::string path = test::make_lmdb(folder, "db", records);
    return DataLayer(str("type: 'Data' ", tops, " data_param { source: '", path,
                         "' backend: LMDB batch_size: 2 }"));
  };
  const std::string both = "top: 'image' top: 'pose'";
  const test::Records good = {{"a", pose_bytes(5, {0.5f, -1, 3})}, {"b", pose_bytes(6, {7, 8, 9})}};
  DataLayer layer = open(good, both);
  CHECK_EQ(layer.tops[1]->shape(), Shape({2, 3, 1, 1}));
  CHECK(layer.next(1) == std::vector<float>({0.5f, -1, 3, 7, 8, 9}));
  CHECK(layer.values() == std::vector<float>({5, 6}));

  const test::Records uneven = {{"a", pose_bytes(5, {1, 2})}, {"b", pose_bytes(6, {1})}};
  layer = open(uneven, both);
  CHECK_FAILS(Status::kShape,
              "record 1 (key \"b\"): has 1 values as its label, the first record has 2",
              layer.forward());
  CHECK(open(uneven, "top: 'image'").next() == std::vector<float>({5, 6}));
}

TEST(data_labels_win_over_floats_beside_the_image) {
  const Folder folder;
  Datum datum = read_datum(pose_bytes(5, {1, 2}));
  datum.set_label(0);
  const std::string path = test::make_lmdb(folder, "db", {{"a", wire_bytes(datum)}});
  DataLayer layer(str("type: 'Data' top: 'image' top: 'label' data_param { source: '", path,
                      "' backend: LMDB batch_size: 1 }"));
  CHECK_EQ(layer.tops[1]->shape(), Shape({1}));
  CHECK(layer.next(1) == std::vector<float>({0}));
}

TEST(data_records_that_are_no_images) {
  const Folder folder;
  const auto open = [&](const std::string& value) {
    const std::string path = test::make_lmdb(folder, "db", {{"k", value}});
    DataLayer(str("type: 'Data' top: 'x' data_param { source: '", path,
                  "' backend: LMDB batch_size: 1 }"));
  };
  CHECK_FAILS(Status::kParse, "record 0 (key \"k\")", open("\x08"));
  CHECK_FAILS(Status::kShape, "the image has 0 values, expected 0 x 0 x 0", open(""));
  Datum datum;
  datum.set_channels(1);
  datum.set_height(2);
  datum.set_width(2);
  datum.set_data("abc");
  CHECK_FAILS(Status::kShape, "the image has 3 values, expected 1 x 2 x 2",
              open(wire_bytes(datum)));
  datum.set_width(-2);
  CHECK_FAILS(Status::kShape, "", open(wire_bytes(datum)));
  datum.set_encoded(true);
  CHECK_FAILS(Status::kParse, "record 0 (key \"k\"): cannot read the image: it is no JPEG",
              open(wire_bytes(datum)));
}

TEST(data_encoded_records_in_the_colors_asked_for) {
  const Folder folder;
  Datum datum;
  datum.set_encoded(true);
  datum.set_label(3);
  Pixels image(1, 2, 3);
  image.values = {10, 20, 30, 40, 40, 40};
  datum.set_data(encode_image(image, "png"));
  const std::string path = test::make_lmdb(folder, "db", {{"k", wire_bytes(datum)}});
  const auto batch = [&](const std::string& transform) {
    DataLayer layer(str("type: 'Data' top: 'x' top: 'y' data_param { source: '", path,
                        "' backend: LMDB batch_size: 1 } transform_param { ", transform, " }"));
    layer.forward();
    CHECK_EQ(layer.values(1)[0], 3.0f);
    return layer.values();
  };
  CHECK(batch("") == std::vector<float>({10, 40, 20, 40, 30, 40}));
  CHECK(batch("force_color: true scale: 2") == std::vector<float>({20, 80, 40, 80, 60, 80}));
  const std::vector<float> gray = batch("force_gray: true");
  CHECK_EQ(gray.size(), size_t{2});
  CHECK_NEAR(gray[0], 22, 0, 1);
  CHECK_EQ(gray[1], 40.0f);
}

TEST(data_encoded_records_of_several_channels) {
  const Folder folder;
  std::vector<std::pair<std::string, std::string>> records;
  for (const int64_t channels : {1, 3, 4}) {
    Datum datum;
    datum.set_encoded(true);
    datum.set_data(encode_image(test::counting(2, 2, channels), "png"));
    records.emplace_back(str("k", channels), wire_bytes(datum));
  }
  const std::string path = test::make_lmdb(folder, "db", records);
  const auto text = [&](const std::string& transform) {
    return str("type: 'Data' top: 'x' data_param { source: '", path,
               "' backend: LMDB batch_size: 3 } transform_param { ", transform, " }");
  };
  DataLayer color(text("force_color: true")), gray(text("force_gray: true")), mixed(text(""));
  CHECK_EQ(color.next().size(), size_t{36});
  CHECK_EQ(gray.next().size(), size_t{12});
  CHECK_FAILS(Status::kShape,
              "record 1 (key \"k3\"): has shape 3 2 2 (12), the first of its batch 1 2 2 (4); "
              "force_color or force_gray in transform_param makes their channels equal",
              mixed.forward());
}

TEST(data_that_is_cut_off_is_used_and_counted) {
  const Folder folder;
  std::vector<std::pair<std::string, std::string>> records;
  const std::string file = encode_image(test::counting(64, 64, 3), "jpg");
  for (int i = 0; i < 12; ++i) {
    Datum datum;
    datum.set_encoded(true);
    datum.set_data(i == 5 ? file : file.substr(0, file.size() / 2));
    records.emplace_back(str("k", 100 + i), wire_bytes(datum));
  }
  const std::string path = test::make_lmdb(folder, "db", records);
  const test::Logged log;
  DataLayer layer(str("type: 'Data' top: 'x' data_param { source: '", path,
                      "' backend: LMDB batch_size: 24 }"));
  layer.forward();
  CHECK_EQ(log.count("record 0 (key \"k100\"): the file is cut off"), 1);
  CHECK_EQ(log.count("record 10 (key \"k110\"): the file is cut off"), 1);
  CHECK_EQ(log.count("10 such images so far, the next line comes at 100"), 1);
  CHECK_EQ(log.count("cut off"), 2);
}

TEST(data_parameters_that_make_no_sense) {
  const Five five;
  const auto with = [&](const std::string& transform) { DataLayer(five.text(1, transform)); };
  CHECK_FAILS(Status::kInvalidArgument, "batch_size is 0 or missing", DataLayer(five.text(0)));
  CHECK_FAILS(Status::kInvalidArgument, "prefetch is 0",
              DataLayer(five.text(1, "", "prefetch: 0")));
  CHECK_FAILS(Status::kUnsupported, "data_param.shuffle_buffer_size",
              DataLayer(five.text(1, "", "shuffle_buffer_size: 100")));
  CHECK_FAILS(Status::kUnsupported, "data_param.shuffle is only supported with backend: LMDB",
              DataLayer("type: 'Data' top: 'x' data_param { source: 'x' batch_size: 1 "
                        "shuffle: true }"));
  CHECK_FAILS(Status::kIo, "no_db",
              DataLayer("type: 'Data' top: 'x' data_param { source: 'no_db' "
                        "backend: LMDB batch_size: 1 }"));
  CHECK_FAILS(Status::kIo, "x: no such LevelDB database",
              DataLayer("type: 'Data' top: 'x' data_param { source: 'x' batch_size: 1 }"));
  CHECK_FAILS(Status::kInvalidArgument, "source is missing",
              DataLayer("type: 'Data' top: 'x' data_param { batch_size: 1 }"));
  CHECK_FAILS(Status::kShape, "crop_size is 9, the image has 3 x 4 pixels", with("crop_size: 9"));
  CHECK_FAILS(Status::kShape, "mean_value is given 3 times",
              with("mean_value: 1 mean_value: 2 mean_value: 3"));
  CHECK_FAILS(Status::kInvalidArgument, "mean_file and mean_value",
              with("mean_value: 1 mean_file: 'm'"));
  CHECK_FAILS(Status::kIo, "no.bp", with("mean_file: 'no.bp'"));
  CHECK_FAILS(Status::kInvalidArgument, "force_color and force_gray",
              with("force_color: true force_gray: true"));
  CHECK_FAILS(Status::kInvalidArgument, "crop_h 2 and crop_w 0", with("crop_h: 2"));
  CHECK_FAILS(Status::kInvalidArgument, "expected crop_size or both",
              with("crop_h: 2 crop_w: 2 crop_size: 2"));
  CHECK_FAILS(Status::kUnsupported, "transform_param.vertical_mirror is not supported",
              with("vertical_mirror: true"));
}

TEST(data_crops_that_are_no_squares) {
  const Five five;
  DataLayer layer(five.text(1, "crop_h: 1 crop_w: 2"));
  CHECK(layer.next() == std::vector<float>({5, 6, 17, 18}));
}

TEST(data_counts_its_waiting) {
  const Five five;
  DataLayer layer(five.text(5));
  CHECK_EQ(layer.layer->wait_seconds(), 0.0);
  // On a busy machine the reader may come so late that a batch is there.
  for (int i = 0; i < 1000 && layer.layer->wait_seconds() == 0; ++i) layer.forward();
  const double waited = layer.layer->wait_seconds();
  CHECK(waited > 0);
  layer.layer->seek(9, 1);
  CHECK_EQ(layer.layer->wait_seconds(), waited);
}

}  // namespace
}  // namespace caffe
