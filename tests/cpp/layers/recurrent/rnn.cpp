// RNN: two steps by hand.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/recurrent/recurrent_text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(rnn_of_two_steps_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'RNN' recurrent_param { num_output: 1 }",
                 {{{2, 1, 1}, {1, -2}}, {{2, 1}, {0, 0.5f}}}, {TRAIN, 1, false, &kernels});
    const Values params = {0.5f, 0.1f, 2, -1.5f, 0.25f};  // W_x, b, W_h, W_o, b_o
    for (size_t i = 0; i < params.size(); ++i) set_values(run.param(i).data(), {params[i]});
    run.forward();
    const float h0 = std::tanh(0.6f), h1 = std::tanh(-0.9f + 2 * 0.5f * h0);
    CHECK_CLOSE(run.out(), {std::tanh(-1.5f * h0 + 0.25f), std::tanh(-1.5f * h1 + 0.25f)});
  });
}

const GradientCases gradients{
    {layer("RNN", "num_output: 3"),
     {{3, 2, -1}, {3, 2}},
     1,
     0,
     TRAIN,
     1,
     {{1, {0, 0, 0.5f, 0, 1, 1}}}},
    {layer("RNN", "num_output: 2"), {{2, 1, 3}, {2, 1}, {1, -1}}, 1, 0, TEST, 1, {{1, {0, 1}}}},
};

}  // namespace
}  // namespace caffe::test
