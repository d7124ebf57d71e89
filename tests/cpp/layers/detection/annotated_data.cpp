// layers/detection/annotated_data.cpp: boxes go where their pixels go.
#include <set>

#include "layers/detection/boxes.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/images.hpp"
#include "support/lmdb.hpp"
#include "support/logged.hpp"

namespace caffe {
namespace {

using test::DataLayer;
using test::Folder;

// A black image of 20 x 30 with a white rectangle, and a box of class 2 around that.
std::string record(int64_t top, int64_t left, int64_t bottom, int64_t right,
                   const std::string& more = "type: BBOX") {
  AnnotatedDatum out;
  parse_text(more, out, {});
  Pixels image(20, 30, 3);
  for (int64_t y = top; y < bottom; ++y) {
    std::fill(image.row(y) + 3 * left, image.row(y) + 3 * right, uint8_t{255});
  }
  Datum& datum = out.datum.mut();
  datum.set_encoded(true);
  datum.set_label(9);
  datum.set_data(encode_image(image, "png"));
  AnnotationGroup group;
  group.set_group_label(2);
  Annotation annotation;
  annotation.set_instance_id(4);
  NormalizedBBox& box = annotation.bbox.mut();
  box.set_xmin(static_cast<float>(left) / 30);
  box.set_ymin(static_cast<float>(top) / 20);
  box.set_xmax(static_cast<float>(right) / 30);
  box.set_ymax(static_cast<float>(bottom) / 20);
  group.annotation.push_back(annotation);
  out.annotation_group.push_back(group);
  return wire_bytes(out);
}

struct Database {
  explicit Database(const std::vector<std::string>& values) {
    test::Records records;
    for (size_t i = 0; i < values.size(); ++i) records.emplace_back(str("k", i), values[i]);
    path = test::make_lmdb(folder, "db", records);
  }
  std::string text(const std::string& transform = "", const std::string& annotated = "",
                   int batch_size = 1) const {
    return str("type: 'AnnotatedData' top: 'data' top: 'label' data_param { source: '", path,
               "' backend: LMDB batch_size: ", batch_size, " } transform_param { ", transform,
               " } annotated_data_param { ", annotated, " }");
  }
  Folder folder;
  std::string path;
};

// The rectangle of what is white in the first channel, in parts of the sides.
Box white(const DataLayer& layer) {
  const std::vector<float> values = layer.values();
  const int64_t height = layer.tops[0]->shape()[2], width = layer.tops[0]->shape()[3];
  int64_t left = width, top = height, right = 0, bottom = 0;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      if (values[static_cast<size_t>(y * width + x)] < 128) continue;
      left = std::min(left, x);
      right = std::max(right, x + 1);
      top = std::min(top, y);
      bottom = y + 1;
    }
  }
  const auto w = static_cast<float>(width), h = static_cast<float>(height);
  return {static_cast<float>(left) / w, static_cast<float>(top) / h, static_cast<float>(right) / w,
          static_cast<float>(bottom) / h};
}

// The layer's only box, which must be where the white is, to a pixel or so.
void check_on_white(DataLayer& layer, float tolerance) {
  const std::vector<float> row = layer.values(1);
  CHECK_EQ(row.size(), size_t{8});
  CHECK_EQ(row[1], 2.0f);
  CHECK_EQ(row[2], 4.0f);
  const Box seen = white(layer);
  CHECK_NEAR(row[3], seen.xmin, 0, tolerance);
  CHECK_NEAR(row[4], seen.ymin, 0, tolerance);
  CHECK_NEAR(row[5], seen.xmax, 0, tolerance);
  CHECK_NEAR(row[6], seen.ymax, 0, tolerance);
}

TEST(annotated_data_boxes_of_a_batch) {
  const Database database({record(2, 3, 12, 18), record(5, 6, 10, 24)});
  DataLayer layer(database.text("", "", 2));
  CHECK_EQ(layer.tops[0]->shape(), Shape({2, 3, 20, 30}));
  layer.forward();
  CHECK_EQ(layer.tops[1]->shape(), Shape({1, 1, 2, 8}));
  const std::vector<float> rows = layer.values(1);
  const std::vector<float> expected = {0, 2, 4, 0.1f, 0.1f,  0.6f, 0.6f, 0,
                                       1, 2, 4, 0.2f, 0.25f, 0.8f, 0.5f, 0};
  for (size_t i = 0; i < expected.size(); ++i) CHECK_NEAR(rows[i], expected[i], 0, 1e-6);
}

TEST(annotated_data_boxes_go_with_their_pixels) {
  const Database database({record(4, 6, 14, 21)});
  const std::pair<const char*, const char*> settings[] = {
      {"mirror: true", ""},
      {"resize_param { height: 40 width: 40 }", ""},
      {"mirror: true resize_param { height: 44 width: 36 }", ""},
      {"resize_param { resize_mode: FIT_LARGE_SIZE_AND_PAD height: 60 width: 60 }", ""},
      {"expand_param { max_expand_ratio: 3 }", ""},
      {"crop_size: 16", ""},
      {"mirror: true expand_param { max_expand_ratio: 2 } crop_size: 18", ""},
      {"resize_param { height: 60 width: 60 }",
       "batch_sampler { sampler { min_scale: 0.5 max_scale: 1 min_aspect_ratio: 0.5 "
       "max_aspect_ratio: 2 } sample_constraint { min_jaccard_overlap: 0.2 } max_trials: 20 }"},
  };
  for (const auto& [transform, annotated] : settings) {
    for (uint64_t seed = 1; seed < 12; ++seed) {
      DataLayer layer(database.text(transform, annotated), TRAIN, seed);
      layer.forward();
      if (layer.values(1)[0] < 0) continue;  // the box was cut away
      check_on_white(layer, 0.035f);         // a pixel of 30
    }
  }
}

TEST(annotated_data_without_boxes_has_one_row_of_minus_one) {
  AnnotatedDatum empty;
  parse_wire(record(0, 0, 1, 1), empty, {});
  empty.annotation_group.clear();
  const Database database({wire_bytes(empty)});
  DataLayer layer(database.text());
  CHECK_EQ(layer.tops[1]->shape(), Shape({1, 1, 1, 8}));
  CHECK(layer.next(1) == std::vector<float>(8, -1));
}

TEST(annotated_data_without_a_type_gives_classes) {
  const Database database({record(2, 3, 12, 18, ""), record(2, 3, 12, 18, "")});
  DataLayer layer(database.text("", "", 2));
  CHECK(layer.next(1) == std::vector<float>({9, 9}));
  CHECK_EQ(layer.tops[1]->shape(), Shape({2, 1, 1, 1}));
  DataLayer boxes(database.text("", "anno_type: BBOX", 2));
  boxes.forward();
  CHECK_EQ(boxes.tops[1]->shape(), Shape({1, 1, 2, 8}));
}

TEST(annotated_data_expands_with_the_mean) {
  const Database database({record(0, 0, 20, 30)});
  DataLayer layer(database.text("mean_value: 100 expand_param { max_expand_ratio: 4 }"), TRAIN, 3);
  std::set<float> seen;
  for (const float value : layer.next()) seen.insert(value);
  CHECK(seen == std::set<float>({0, 155}));
}

// An image with alpha has a fourth channel, for which there is no mean.
TEST(annotated_data_expands_with_a_mean_for_each_channel) {
  AnnotatedDatum with_alpha;
  parse_wire(record(0, 0, 1, 1), with_alpha, {});
  with_alpha.datum.mut().set_data(encode_image(Pixels(10, 10, 4), "png"));
  const Database database({wire_bytes(with_alpha)});
  CHECK_FAILS(Status::kShape, "each of the image's 4 channels",
              DataLayer(database.text("mean_value: 1 mean_value: 2 mean_value: 3 "
                                      "expand_param { max_expand_ratio: 4 }"),
                        TRAIN, 3));
}

TEST(annotated_data_seeks) {
  const Database database({record(2, 3, 12, 18), record(5, 6, 10, 24), record(1, 1, 9, 9)});
  const std::string text = database.text(
      "mirror: true resize_param { height: 16 width: 16 interp_mode: AREA interp_mode: CUBIC } "
      "distort_param { brightness_prob: 0.5 brightness_delta: 32 hue_prob: 0.5 hue_delta: 18 } "
      "expand_param { prob: 0.5 max_expand_ratio: 2 }",
      "batch_sampler { sampler { min_scale: 0.3 } max_sample: 1 max_trials: 5 }", 2);
  DataLayer through(text, TRAIN), jumping(text, TRAIN);
  for (int i = 0; i < 5; ++i) through.forward();
  jumping.layer->seek(5, 1);
  CHECK(through.next() == jumping.next());
  CHECK(through.values(1) == jumping.values(1));
}

TEST(annotated_data_of_several_sizes) {
  AnnotatedDatum other;
  parse_wire(record(0, 0, 1, 1), other, {});
  other.datum.mut().set_data(encode_image(Pixels(10, 10, 3), "png"));
  const Database database({record(2, 3, 12, 18), wire_bytes(other)});
  DataLayer layer(database.text("", "", 2));
  CHECK_FAILS(Status::kShape, "record 1 (key \"k1\"): has shape 3 10 10", layer.forward());
  other.datum.mut().set_data(encode_image(Pixels(10, 10, 1), "png"));
  const Database gray({record(2, 3, 12, 18), wire_bytes(other)});
  DataLayer mixed(gray.text("", "", 2));
  CHECK_FAILS(Status::kShape, "; force_color or force_gray in transform_param", mixed.forward());
}

TEST(annotated_data_that_is_cut_off_is_used_and_counted) {
  AnnotatedDatum cut;
  parse_wire(record(0, 0, 1, 1), cut, {});
  const std::string file = encode_image(test::counting(64, 64, 3), "jpg");
  cut.datum.mut().set_encoded(true);
  cut.datum.mut().set_data(file.substr(0, file.size() / 2));
  const Database database({wire_bytes(cut)});
  const test::Logged log;
  DataLayer layer(database.text("", "", 2));
  layer.forward();
  CHECK_EQ(log.count("record 0 (key \"k0\"): the file is cut off"), 1);
}

TEST(annotated_data_that_makes_no_sense) {
  const Database database({record(2, 3, 12, 18)});
  const auto with = [&](const std::string& transform, const std::string& annotated = "") {
    DataLayer layer(database.text(transform, annotated));
  };
  CHECK_FAILS(Status::kUnsupported, "annotated_data_param.yolo_data_type",
              with("", "yolo_data_type: 1"));
  CHECK_FAILS(Status::kUnsupported, "only BBOX", with("", "anno_type: LANE"));
  CHECK_FAILS(Status::kUnsupported, "more than one resize_param",
              with("resize_param { height: 3 width: 3 } resize_param { height: 4 width: 4 }"));
  CHECK_FAILS(Status::kInvalidArgument, "max_expand_ratio is nan",
              with("expand_param { max_expand_ratio: nan }"));
  CHECK_FAILS(Status::kInvalidArgument, "max_scale 7",
              with("", "batch_sampler { sampler { max_scale: 7 } }"));
  CHECK_FAILS(Status::kShape, "crop_size is 50", with("crop_size: 50"));
  const Database lanes({record(2, 3, 12, 18, "type: LANE")});
  CHECK_FAILS(Status::kUnsupported, "are no boxes", DataLayer(lanes.text()));
}

}  // namespace
}  // namespace caffe
