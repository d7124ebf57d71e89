// Regions of interest: none, far away ones, and those that are refused.
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/pooling/roi_texts.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

}  // namespace
}  // namespace caffe::test
