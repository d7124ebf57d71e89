// ROIPooling: bins by hand.
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/pooling/roi_texts.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

const GradientCases gradients{
    {.text = roi("pooled_h: 2 pooled_w: 3"),
     .shapes = {{2, -1, 4, 5}, {3, 5}},
     .given = {{1, kBoxes}}},
};

}  // namespace
}  // namespace caffe::test
