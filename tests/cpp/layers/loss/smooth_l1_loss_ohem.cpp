// SmoothL1LossOHEM: each item's loss, and what the sum is divided by.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(smooth_l1_loss_ohem_shows_each_items_loss) {
  const std::vector<Input> inputs = {
      {{2, 2, 1, 1}, {0.5f, 2, 1, 0}}, {{2, 2, 1, 1}, {0, 0, 0, 0}}, {{2, 2, 1, 1}, {1, 1, 0, 1}}};
  const auto loss = [&](const std::string& fields) {
    LayerRun run("type: 'SmoothL1LossOHEM' loss_param { " + fields + " }", inputs, {TRAIN, 2});
    run.forward();
    CHECK_EQ(run.top(1).shape(), Shape({2, 1, 1, 1}));
    CHECK_CLOSE(run.out(1), {1.625f, 0});
    return run.out(0)[0];
  };
  CHECK_NEAR(loss(""), 1.625f / 2, 1e-5, 0);
  CHECK_NEAR(loss("normalization: NONE"), 1.625f, 1e-5, 0);
  CHECK_NEAR(loss("normalization: PRE_FIXED pre_fixed_normalizer: 65"), 0.025f, 1e-5, 0);
  CHECK_NEAR(loss("normalization: PRE_FIXED pre_fixed_normalizer: 0.1"), 1.625f, 1e-5, 0);
  CHECK_NEAR(loss("normalization: NONE pre_fixed_normalizer: 65"), 1.625f, 1e-5, 0);
  CHECK_FAILS(Status::kShape, "at least two axes",
              LayerRun("type: 'SmoothL1LossOHEM'", {{{2}, {}}, {{2}, {}}}));
}

const GradientCases gradients{
    {"type: 'SmoothL1LossOHEM'", {{-1, 3, 2}, {-1, 3, 2}, {-1, 3, 2}}, 2},
};

}  // namespace
}  // namespace caffe::test
