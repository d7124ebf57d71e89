#include <cmath>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

Values evaluated(const std::string& fields, const Values& found, const Values& truth) {
  LayerRun run(
      "type: 'DetectionEvaluate' detection_evaluate_param { num_classes: 3 " + fields + " }",
      {{{1, 1, static_cast<int64_t>(found.size()) / 7, 7}, found},
       {{1, 1, static_cast<int64_t>(truth.size()) / 8, 8}, truth}},
      {TEST});
  run.forward();
  return run.out();
}

// One object of class 1 in image 0, a difficult one of class 2 in image 1.
const Values kTruth = {0, 1, 0, 0, 0, 0.5f, 0.5f, 0, 1, 2, 0, 0.5f, 0.5f, 1, 1, 1};

TEST(detection_evaluate_gives_each_truth_to_the_best_detection) {
  const Values found = {0, 1, 0.5f, 0,    0,    0.5f, 0.5f,  // second best
                        0, 1, 0.9f, 0,    0,    0.5f, 0.4f,  // best
                        0, 2, 0.8f, 0,    0,    0.5f, 0.5f,  // another class
                        1, 2, 0.7f, 0.5f, 0.5f, 1,    1};
  CHECK_CLOSE(evaluated("", found, kTruth), {-1, 1, 1,    -1, -1, -1, 2, 1,    -1, -1,  //
                                             0,  1, 0.9f, 1,  0,  0,  1, 0.5f, 0,  1,   //
                                             0,  2, 0.8f, 0,  1,  1,  2, 0.7f, 1,  0});
  CHECK_CLOSE(evaluated("evaluate_difficult_gt: false overlap_threshold: 0.9", found, kTruth),
              {-1, 1, 1,    -1, -1, -1, 2, 0,    -1, -1,  //
               0,  1, 0.9f, 0,  1,  0,  1, 0.5f, 1,  0,   //
               0,  2, 0.8f, 0,  1,  1,  2, 0.7f, 0,  0});
}

TEST(detection_evaluate_of_nothing) {
  const Values nothing = {0, -1, -1, -1, -1, -1, -1};
  CHECK_CLOSE(evaluated("", nothing, kTruth), {-1, 1, 1, -1, -1, -1, 2, 1, -1, -1});
  CHECK_CLOSE(evaluated("background_label_id: 1", nothing, {-1, 0, 0, 0, 0, 0, 0, 0}),
              {-1, 0, 0, -1, -1, -1, 2, 0, -1, -1});
}

TEST(detection_evaluate_in_pixels) {
  // Of an image 9 high and wide, 5 x 4 of 5 x 5 pixels; of one 999 high and wide nearly 3 / 4.
  const Values truth = {0, 1, 0, 0, 0, 4.0f / 9, 4.0f / 9, 0};
  const Values found = {0, 1, 1, 0, 0, 4.0f / 9, 3.0f / 9};
  const Folder folder;
  const auto right = [&](const std::string& names) {
    return evaluated(
        "overlap_threshold: 0.79 name_size_file: '" + folder.file("names", names) + "'", found,
        truth)[13];
  };
  CHECK_EQ(right("a 9 9\n"), 1.0f);
  CHECK_EQ(right("a 999 999\n"), 0.0f);
  CHECK_FAILS(Status::kParse, "name height width", right("a 9\n"));
  CHECK_FAILS(Status::kParse, "this is a gzip archive, not a list of names and sizes",
              right("\x1f\x8b\x08"));
}

TEST(detection_evaluate_takes_the_images_one_after_the_other) {
  const Folder folder;
  const std::string names = folder.file("names", "a 9 9\nb 999 999\nc 9 9\n");
  LayerRun run(
      "type: 'DetectionEvaluate' detection_evaluate_param { num_classes: 2 "
      "overlap_threshold: 0.79 name_size_file: '" +
          names + "' }",
      {{{1, 1, 1, 7}, {0, 1, 1, 0, 0, 4.0f / 9, 3.0f / 9}},
       {{1, 1, 1, 8}, {0, 1, 0, 0, 0, 4.0f / 9, 4.0f / 9, 0}}},
      {TEST});
  for (const float right : {1.0f, 0.0f, 1.0f, 1.0f}) {
    run.forward();
    CHECK_EQ(run.out()[8], right);
  }
}

TEST(detection_evaluate_refuses_what_is_out_of_range) {
  const auto refused = [](const std::string& part, const Values& found) {
    CHECK_FAILS(Status::kInvalidArgument, part, evaluated("", found, kTruth));
  };
  refused("label 3", {0, 3, 1, 0, 0, 1, 1});
  refused("background", {0, 0, 1, 0, 0, 1, 1});
  refused("image nan", {NAN, 1, 1, 0, 0, 1, 1});
  refused("no number", {0, 1, NAN, 0, 0, 1, 1});
  CHECK_FAILS(Status::kInvalidArgument, "overlap_threshold",
              evaluated("overlap_threshold: 0", {}, kTruth));
  CHECK_FAILS(Status::kInvalidArgument, "num_classes: 4000000000",
              LayerRun("type: 'DetectionEvaluate' detection_evaluate_param { "
                       "num_classes: 4000000000 }",
                       {{{1, 1, 1, 7}, {}}, {{1, 1, 1, 8}, {}}}));
  CHECK_FAILS(Status::kShape, "1 x 1 x detections x 7",
              LayerRun("type: 'DetectionEvaluate' detection_evaluate_param { num_classes: 3 }",
                       {{{1, 7}, {}}, {{1, 1, 1, 8}, {}}}));
}

}  // namespace
}  // namespace caffe::test
