#include <cmath>

#include "core/files.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

// A and B overlap by 0.95, C is apart; all variances are 0.1.
const Values kPriors = {0,    0,    0.4f, 0.4f, 0,    0,    0.4f, 0.38f, 0.5f, 0.5f, 0.9f, 0.9f,
                        0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f,  0.1f, 0.1f, 0.1f, 0.1f};
const Values kA = {0, 0, 0.4f, 0.4f}, kB = {0, 0, 0.4f, 0.38f}, kC = {0.5f, 0.5f, 0.9f, 0.9f};

std::string detection_output(const std::string& fields) {
  return "type: 'DetectionOutput' detection_output_param { num_classes: 2 " + fields + " }";
}

// Two classes, background and object; `scores` are those of the object for A, B and C.
LayerRun detecting(const std::string& fields, const Values& scores) {
  Values both;
  for (const float score : scores) both.insert(both.end(), {5, score});
  const int64_t images = static_cast<int64_t>(scores.size()) / 3;
  return LayerRun(detection_output(fields),
                  {{{images, 12}, Values(static_cast<size_t>(images) * 12, 0)},
                   {{images, 6}, both},
                   {{1, 2, 12}, kPriors}},
                  {TEST});
}

Values found(const std::string& fields, const Values& scores) {
  LayerRun run = detecting(fields, scores);
  run.forward();
  CHECK_EQ(run.top(0).shape(), (Shape{1, 1, run.top(0).count() / 7, 7}));
  return run.out();
}

Values rows(std::initializer_list<Values> parts) {
  Values all;
  for (const Values& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(detection_output_drops_boxes_that_overlap_a_better_one) {
  CHECK_CLOSE(found("", {0.7f, 0.8f, 0.9f}), rows({{0, 1, 0.9f}, kC, {0, 1, 0.8f}, kB}));
  CHECK_CLOSE(found("nms_param { nms_threshold: 0.96 }", {0.7f, 0.8f, 0.9f}),
              rows({{0, 1, 0.9f}, kC, {0, 1, 0.8f}, kB, {0, 1, 0.7f}, kA}));
}

TEST(detection_output_thresholds_and_counts) {
  CHECK_CLOSE(found("confidence_threshold: 0.5", {0.5f, 0.1f, 0.6f}), rows({{0, 1, 0.6f}, kC}));
  CHECK_CLOSE(found("nms_param { top_k: 1 }", {0.5f, 0.6f, 0.4f}), rows({{0, 1, 0.6f}, kB}));
  CHECK_CLOSE(found("keep_top_k: 1", {0.5f, 0.6f, 0.7f}), rows({{0, 1, 0.7f}, kC}));
  // Equal scores keep the order of the priors.
  CHECK_CLOSE(found("", {0.5f, 0.5f, 0.5f}), rows({{0, 1, 0.5f}, kA, {0, 1, 0.5f}, kC}));
  CHECK_CLOSE(found("", {NAN, 0.5f, -INFINITY}), rows({{0, 1, 0.5f}, kB}));
}

TEST(detection_output_says_when_there_is_nothing) {
  CHECK_CLOSE(found("confidence_threshold: 1", {0, 0, 0, 0, 0, 0}),
              {0, -1, -1, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1, -1});
  CHECK_CLOSE(found("confidence_threshold: 0.5", {0, 0, 0, 0, 0, 1}), rows({{1, 1, 1}, kC}));
  CHECK(found("", {}).empty());
  LayerRun no_priors("type: 'DetectionOutput' detection_output_param { num_classes: 4000000000 }",
                     {{{1, 0}, {}}, {{1, 0}, {}}, {{1, 2, 0}, {}}}, {TEST});
  no_priors.forward();
  CHECK_CLOSE(no_priors.out(), {0, -1, -1, -1, -1, -1, -1});
  CHECK_CLOSE(found("keep_top_k: 0", {1, 1, 1}), {0, -1, -1, -1, -1, -1, -1});
}

TEST(detection_output_without_background_has_all_classes) {
  CHECK_CLOSE(found("background_label_id: -1 keep_top_k: 2 confidence_threshold: 1", {0, 0, 0}),
              rows({{0, 0, 5}, kA, {0, 0, 5}, kC}));
}

Values decoded(const std::string& fields) {
  LayerRun run(detection_output(fields),
               {{{1, 4}, {1, -1, 0, 0.5f}},
                {{1, 2}, {0, 1}},
                {{1, 2, 4}, {0.2f, 0.2f, 0.6f, 0.6f, 0.1f, 0.1f, 0.2f, 0.2f}}},
               {TEST});
  run.forward();
  const Values row = run.out();
  return Values(row.begin() + 3, row.end());
}

TEST(detection_output_decodes_offsets) {
  const float h = std::exp(0.1f) * 0.2f, whole = std::exp(0.5f) * 0.2f;
  CHECK_CLOSE(decoded("code_type: CORNER"), {0.3f, 0.1f, 0.6f, 0.7f});
  CHECK_CLOSE(decoded("code_type: CORNER_SIZE"), {0.24f, 0.16f, 0.6f, 0.64f});
  CHECK_CLOSE(decoded("code_type: CENTER_SIZE"), {0.24f, 0.36f - h, 0.64f, 0.36f + h});
  CHECK_CLOSE(decoded("code_type: CENTER_SIZE variance_encoded_in_target: true"),
              {0.6f, -whole, 1, whole});
}

TEST(detection_output_with_boxes_for_each_class) {
  LayerRun run(detection_output("share_location: false"),
               {{{1, 8}, {0, 0, 0, 0, 1, 1, 1, 1}},
                {{1, 2}, {0, 1}},
                {{1, 2, 4}, {0, 0, 0.5f, 0.5f, 0.1f, 0.1f, 0.1f, 0.1f}}},
               {TEST});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 1, 1, 0.1f, 0.1f, 0.6f, 0.6f});
}

TEST(detection_output_refuses_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "num_classes",
              LayerRun("type: 'DetectionOutput'", {{{1, 4}, {}}, {{1, 2}, {}}, {{1, 2, 4}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "nms_threshold",
              detecting("nms_param { nms_threshold: -1 }", {1, 1, 1}));
  CHECK_FAILS(Status::kInvalidArgument, "eta", detecting("nms_param { eta: 0 }", {1, 1, 1}));
  CHECK_FAILS(Status::kShape, "1 priors want N x 4",
              LayerRun(detection_output(""), {{{1, 8}, {}}, {{1, 2}, {}}, {{1, 2, 4}, {}}}));
  CHECK_FAILS(Status::kShape, "1 priors want N x 2",
              LayerRun(detection_output(""), {{{1, 4}, {}}, {{1, 3}, {}}, {{1, 2, 4}, {}}}));
  CHECK_FAILS(Status::kShape, "first axis",
              LayerRun(detection_output(""), {{{2, 4}, {}}, {{1, 2}, {}}, {{1, 2, 4}, {}}}));
  CHECK_FAILS(Status::kShape, "prior boxes",
              LayerRun(detection_output(""), {{{1, 4}, {}}, {{1, 2}, {}}, {{1, 1, 4}, {}}}));
  LayerRun many("type: 'DetectionOutput' detection_output_param { num_classes: 4000000000 }",
                {{{1, 0}, {}}, {{1, 0}, {}}, {{1, 2, 0}, {}}});
  many.bottom(0).reshape(Shape{1, 4});
  many.bottom(1).reshape(Shape{1, 4000000000});
  many.bottom(2).reshape(Shape{1, 2, 4});
  CHECK_FAILS(Status::kOutOfMemory, "no memory for 4000000000 classes", many.forward());
  LayerRun flat(detection_output("code_type: CENTER_SIZE"),
                {{{1, 4}, {0, 0, 0, 0}}, {{1, 2}, {0, 1}}, {{1, 2, 4}, {0, 0, 0, 1, 1, 1, 1, 1}}});
  CHECK_FAILS(Status::kInvalidArgument, "prior 0 is 0 wide", flat.forward());
}

// What save_output_param wants, in a folder of its own.
struct Results {
  explicit Results(const std::string& images) {
    labels = folder.file("labels", "item { name: 'none' label: 0 } item { name: 'dog' label: 1 }");
    names = folder.file("names", images);
  }
  std::string save(const std::string& fields) const {
    return "save_output_param { output_directory: '" + folder.file("out") +
           "' output_name_prefix: 'x_' label_map_file: '" + labels + "' name_size_file: '" + names +
           "' " + fields + " }";
  }
  std::string read(const std::string& name) const { return read_file(folder.file("out/" + name)); }

  Folder folder;
  std::string labels, names;
};

TEST(detection_output_writes_files_after_the_last_image) {
  const Results results("one 100 200\ntwo 10 10\n");
  for (const std::string format : {"VOC", "ILSVRC", "COCO"}) {
    LayerRun run = detecting(results.save("output_format: '" + format + "'") + " keep_top_k: 1",
                             {0.5f, 0, 0.25f});
    const std::string name = format == "VOC"    ? "x_dog.txt"
                             : format == "COCO" ? "x_.json"
                                                : "x_.txt";
    run.forward();
    CHECK_FAILS(Status::kIo, name, results.read(name));
    run.set_bottom(1, {5, 0, 5, 0, 5, 1});
    run.forward();
  }
  // The background has no file.
  CHECK_EQ(std::distance(std::filesystem::directory_iterator(results.folder.file("out")), {}), 3);
  CHECK_EQ(results.read("x_dog.txt"), "one 0.5 0 0 80 40\ntwo 1 5 5 9 9\n");
  CHECK_EQ(results.read("x_.txt"), "one 1 0.5 0 0 80 40\ntwo 1 1 5 5 9 9\n");
  CHECK_EQ(results.read("x_.json"),
           "[\n"
           "{\"image_id\": \"one\", \"category_id\": \"dog\", \"bbox\": [0, 0, 80, 40], "
           "\"score\": 0.5},\n"
           "{\"image_id\": \"two\", \"category_id\": \"dog\", \"bbox\": [5, 5, 4, 4], "
           "\"score\": 1}\n"
           "]\n");
}

TEST(detection_output_files_know_how_images_were_resized) {
  // An image twice as wide as high fills the middle half of a square.
  const Results results("7 100 200\n");
  const std::string resize =
      " resize_param { resize_mode: FIT_LARGE_SIZE_AND_PAD height: 300 width: 300 }";
  LayerRun run =
      detecting(results.save("output_format: 'COCO'" + resize) + " keep_top_k: 1", {0, 0, 1});
  run.forward();
  CHECK_EQ(results.read("x_.json"),
           "[\n{\"image_id\": 7, \"category_id\": \"dog\", \"bbox\": [100, 50, 80, 50], "
           "\"score\": 1}\n]\n");
}

TEST(detection_output_says_which_file_of_its_results_is_missing) {
  const Results results("one 100 200\n");
  const auto refused = [&](Status status, const std::string& part, const std::string& save) {
    CHECK_FAILS(status, part, detecting(save, {1, 1, 1}));
  };
  refused(Status::kInvalidArgument, "none of VOC, COCO and ILSVRC", results.save(""));
  refused(Status::kInvalidArgument, "num_test_image: 2",
          results.save("output_format: 'VOC' num_test_image: 2"));
  Results no_labels("one 100 200\n");
  no_labels.labels = "/nowhere/labels";
  refused(Status::kIo, "label_map_file: ", no_labels.save("output_format: 'VOC'"));
  Results no_names("one 100 200\n");
  no_names.names = "/nowhere/names";
  refused(Status::kIo, "name_size_file: ", no_names.save("output_format: 'VOC'"));
  const Results damaged("one 100\n");
  refused(Status::kParse, "names:1: \"one 100\"", damaged.save("output_format: 'VOC'"));
  Results unnamed("one 100 200\n");
  unnamed.labels = unnamed.folder.file("few", "item { name: 'none' label: 0 }");
  refused(Status::kNotFound, "no name for label 1", unnamed.save("output_format: 'VOC'"));
}

}  // namespace
}  // namespace caffe::test
