// DetectionOutput: suppression, thresholds, offsets, a box for each class.
#include <cmath>

#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/detection/detecting.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const Values kA = {0, 0, 0.4f, 0.4f}, kB = {0, 0, 0.4f, 0.38f}, kC = {0.5f, 0.5f, 0.9f, 0.9f};

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

}  // namespace
}  // namespace caffe::test
