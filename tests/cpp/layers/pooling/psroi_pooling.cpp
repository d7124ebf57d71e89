// PSROIPooling: bins that have their own channels, by hand.
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/pooling/roi_texts.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

const GradientCases gradients{
    {.text = psroi(kPsroi), .shapes = {{2, 4, 4, 5}, {3, 5}}, .given = {{1, kBoxes}}},
};

}  // namespace
}  // namespace caffe::test
