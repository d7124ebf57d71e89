// MultinomialLogisticLoss: by hand, of a probability of 0 too.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/loss/loss_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(multinomial_logistic_loss_by_hand) {
  const std::vector<Input> inputs = {{{2, 2}, {0.25f, 0.75f, 0.5f, 0}}, {{2, 1, 1, 1}, {0, 1}}};
  LayerRun run = ran("MultinomialLogisticLoss'", inputs);
  CHECK_NEAR(run.out()[0], (std::log(4.0) - std::log(1e-20)) / 2, 1e-5, 0);
  CHECK_CLOSE(run.bottom_diff(), {-2, 0, 0, -0.5e20f});
}

const GradientCases gradients{
    {.text = "type: 'MultinomialLogisticLoss'",
     .shapes = {{2, 3}, {2}},
     .classes = 3,
     .given = {{0, {0.5f, 0.3f, 0.4f, 0.6f, 0.7f, 0.8f}}}},
};

}  // namespace
}  // namespace caffe::test
