// SigmoidCrossEntropyLoss as HED has it: edges weigh as much as the rest.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(balanced_cross_entropy_loss_by_hand) {
  // One of four values is an edge in the first image, none in the second.
  const std::vector<Input> inputs = {{{2, 5}, {0, 0, 0, 0, 0, 1000, 0, 0, 0, 0}},
                                     {{2, 5}, {1, 0, 0, 0, 2, 0, 0, 0, 0, 0}}};
  LayerRun run("type: 'SigmoidCrossEntropyLoss'", inputs, {TRAIN, 1, false, nullptr, 1, "hed"});
  run.forward();
  CHECK_CLOSE(run.out(), {(0.75f + 3 * 0.25f) * std::log(2.0f) / 2});
  run.set_top_diff(0, {2});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {-0.375f, 0.125f, 0.125f, 0.125f, -1.5f, 0, 0, 0, 0, 0});
  CHECK_FAILS(Status::kUnsupported, "holds labels", run.backward());
}

TEST(balanced_cross_entropy_loss_of_nothing_is_0) {
  const RunOptions hed{TRAIN, 1, false, nullptr, 1, "hed"};
  LayerRun none("type: 'SigmoidCrossEntropyLoss'", {{{1, 2}, {1, 2}}, {{1, 2}, {3, 3}}}, hed);
  none.forward();
  CHECK_CLOSE(none.out(), {0});
  LayerRun empty("type: 'SigmoidCrossEntropyLoss'", {{{0, 2}, {}}, {{0, 2}, {}}}, hed);
  empty.forward();
  CHECK_CLOSE(empty.out(), {0});
  CHECK_FAILS(Status::kShape, "must have equally many values",
              LayerRun("type: 'SigmoidCrossEntropyLoss'", {{{2, 2}, {}}, {{2, 3}, {}}}, hed));
}

const GradientCases gradients{
    {.text = "type: 'SigmoidCrossEntropyLoss'",
     .shapes = {{2, 1, 3}, {2, 1, 3}},
     .classes = 2,
     .dialect = "hed"},
};

}  // namespace
}  // namespace caffe::test
