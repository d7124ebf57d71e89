// LSTM: one step by hand.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/recurrent/recurrent_text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

TEST(lstm_of_one_step_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'LSTM' recurrent_param { num_output: 1 }",
                 {{{1, 2, 2}, {1, 2, -1, 0.5f}}, {{1, 2}, {0, 1}}}, {TRAIN, 1, false, &kernels});
    CHECK_EQ(run.layer().blobs().size(), size_t{3});
    CHECK_EQ(run.param(0).shape(), (Shape{4, 2}));
    CHECK_EQ(run.param(1).shape(), (Shape{4}));
    CHECK_EQ(run.param(2).shape(), (Shape{4, 1}));
    set_values(run.param(0).data(), {1, 0, 0, 1, 1, 1, 2, -1});
    set_values(run.param(1).data(), {0, 0.5f, -0.5f, 1});
    run.forward();
    const auto hidden = [](float a, float b) {
      const float cells = sigmoid(a) * std::tanh(2 * a - b + 1);
      return sigmoid(a + b - 0.5f) * std::tanh(cells);
    };
    CHECK_EQ(run.top(0).shape(), (Shape{1, 2, 1}));
    CHECK_CLOSE(run.out(), {hidden(1, 2), hidden(-1, 0.5f)});
  });
}

const GradientCases gradients{
    {layer("LSTM", "num_output: 3"),
     {{3, 2, -1, 2}, {3, 2}},
     1,
     0,
     TRAIN,
     1,
     {{1, {0, 0, 1, 0, 1, 1}}}},
    {layer("LSTM", "num_output: 2"), {{2, 1, 3}, {2, 1}, {1, -1}}, 1, 0, TEST, 1, {{1, {0, 1}}}},
};

}  // namespace
}  // namespace caffe::test
