// SigmoidCrossEntropyLoss: what it is divided by, far out, and targets that are ignored.
#include <cmath>

#include "core/threads.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/loss/loss_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

float cross_entropy(const std::string& fields) {
  return ran("SigmoidCrossEntropyLoss' loss_param { " + fields + " }",
             {{{2, 3}, {0, 0, 0, 0, 0, 0}}, {{2, 3}, {0, 1, -1, 1, -1, 0}}})
      .out()[0];
}

TEST(sigmoid_cross_entropy_loss_normalises_as_told) {
  const float each = std::log(2.0f);
  CHECK_NEAR(cross_entropy("ignore_label: -1"), 4 * each / 2, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalization: VALID"), each, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalize: true"), each, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalization: FULL"), 4 * each / 6, 1e-5, 0);
  CHECK_NEAR(cross_entropy("ignore_label: -1 normalization: NONE"), 4 * each, 1e-5, 0);
}

TEST(sigmoid_cross_entropy_loss_is_finite_far_out) {
  LayerRun run = ran("SigmoidCrossEntropyLoss'",
                     {{{1, 4}, {1000, -1000, 1000, -1000}}, {{1, 4}, {1, 0, 0, 1}}});
  CHECK_CLOSE(run.out(), {2000});
  CHECK_CLOSE(run.bottom_diff(), {0, 0, 1, -1});
}

TEST(sigmoid_cross_entropy_loss_ignores_by_the_whole_part) {
  LayerRun run = ran("SigmoidCrossEntropyLoss' loss_param { ignore_label: 0 }",
                     {{{1, 3}, {0, 0, 0}}, {{1, 3}, {0.75f, -0.5f, 1}}});
  CHECK_CLOSE(run.bottom_diff(), {0, 0, -0.5f});
}

TEST(sigmoid_cross_entropy_loss_is_the_same_for_any_number_of_threads) {
  const Shape shape{3, 7001};
  const std::vector<Input> inputs = {{shape, {}}, {shape, Values(3 * 7001, 0.25f)}};
  const int threads = num_threads();
  set_num_threads(1);
  const float one = ran("SigmoidCrossEntropyLoss'", inputs).out()[0];
  set_num_threads(4);
  CHECK_EQ(ran("SigmoidCrossEntropyLoss'", inputs).out()[0], one);
  set_num_threads(threads);
}

const GradientCases gradients{
    {"type: 'SigmoidCrossEntropyLoss'", {{-1, -1, -1}, {-1, -1, -1}}},
    {"type: 'SigmoidCrossEntropyLoss' loss_param { ignore_label: 1 normalization: VALID }",
     {{4, 3}, {4, 3}},
     1,
     2},
};

}  // namespace
}  // namespace caffe::test
