// layers/pooling/roi_pooling.cpp, layers/pooling/psroi_pooling.cpp, layers/pooling/rois.cpp
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string roi(const std::string& fields) {
  return "type: 'ROIPooling' roi_pooling_param { " + fields + " }";
}

std::string psroi(const std::string& fields) {
  return "type: 'PSROIPooling' psroi_pooling_param { " + fields + " }";
}

const char* const kPsroi = "spatial_scale: 1 output_dim: 1 group_size: 2";

TEST(roi_pooling_by_hand) {
  LayerRun run(roi("pooled_h: 1 pooled_w: 2"),
               {{{2, 1, 1, 4}, {1, 2, 3, 4, 8, 7, 6, 5}},
                {{3, 5}, {1, 0, 0, 3, 0, 0, 1, 0, 3, 0, 0, 9, 0, 12, 0}}});
  run.forward();
  // The bins of three places share the one in the middle; the last box lies outside.
  CHECK_CLOSE(run.out(), {8, 6, 3, 4, 0, 0});
  run.set_top_diff(0, {1, 2, 3, 4, 5, 6});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {0, 0, 3, 4, 1, 0, 2, 0});
  CHECK_CLOSE(run.bottom_diff(1), Values(15, 0));
}

TEST(psroi_pooling_by_hand) {
  LayerRun run(psroi(kPsroi),
               {{{1, 4, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
                {{2, 5, 1, 1}, {0, 0, 0, 1, 1, 0, 5, 5, 6, 6}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 6, 11, 16, 0, 0, 0, 0});
  run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4});
}

TEST(rois_of_no_box_give_nothing) {
  for (const std::string& text : {roi("pooled_h: 2 pooled_w: 2"), psroi(kPsroi)}) {
    LayerRun run(text, {{{1, 4, 3, 3}, {}}, {{0, 5}, {}}});
    run.forward();
    CHECK_EQ(run.top(0).dim(0), 0);
    run.backward();
    CHECK_CLOSE(run.bottom_diff(0), Values(36, 0));
  }
}

TEST(rois_far_away_are_outside) {
  const float far = std::numeric_limits<float>::max();
  for (const std::string& text : {roi("pooled_h: 2 pooled_w: 2 spatial_scale: 1e30"),
                                  psroi("spatial_scale: 1e30 output_dim: 1 group_size: 2")}) {
    LayerRun run(text,
                 {{{1, 4, 3, 3}, {}}, {{2, 5}, {0, far, far, far, far, 0, -far, far, -far, far}}});
    run.forward();
    for (float value : run.out()) CHECK_EQ(value, 0.0f);
  }
}

TEST(rois_rejected) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::string& text : {roi("pooled_h: 2 pooled_w: 2"), psroi(kPsroi)}) {
    for (float image : {-1.f, 2.f, 1e30f, nan}) {
      LayerRun run(text, {{{2, 4, 3, 3}, {}}, {{1, 5}, {image, 0, 0, 1, 1}}});
      CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\": row 0 is of image ", run.forward());
    }
    LayerRun run(text, {{{2, 4, 3, 3}, {}}, {{1, 5}, {0, 0, nan, 1, 1}}});
    CHECK_FAILS(Status::kInvalidArgument, "has a coordinate that is not finite", run.forward());
    CHECK_FAILS(Status::kShape, "must have rows of 5 values",
                LayerRun(text, {{{2, 4, 3, 3}, {}}, {{5, 4}, {}}}));
    CHECK_FAILS(Status::kShape, "must have 4 axes",
                LayerRun(text, {{{2, 4, 3}, {}}, {{1, 5}, {}}}));
  }
  CHECK_FAILS(Status::kInvalidArgument, "pooled_h and pooled_w must be given",
              LayerRun(roi("pooled_h: 2"), {{{2, 4, 3, 3}, {}}, {{1, 5}, {}}}));
  CHECK_FAILS(Status::kShape, "must have 4 channels",
              LayerRun(psroi(kPsroi), {{{2, 5, 3, 3}, {}}, {{1, 5}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "must be at least 1",
              LayerRun(psroi("spatial_scale: 1 output_dim: 1 group_size: 0"),
                       {{{2, 5, 3, 3}, {}}, {{1, 5}, {}}}));
}

const Values kBoxes = {0, 0, 0, 3, 3, 1, 1, 1, 2, 3, 0, 2, 0, 5, 2};

const GradientCases gradients{
    {.text = roi("pooled_h: 2 pooled_w: 3"),
     .shapes = {{2, -1, 4, 5}, {3, 5}},
     .given = {{1, kBoxes}}},
    {.text = psroi(kPsroi), .shapes = {{2, 4, 4, 5}, {3, 5}}, .given = {{1, kBoxes}}},
};

}  // namespace
}  // namespace caffe::test
