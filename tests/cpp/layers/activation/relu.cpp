// ReLU: the slope below zero, in place too, and the ends of its shapes.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(relu_keeps_a_slope_below_zero) {
  on_every_backend([](Kernels& kernels) {
    for (const bool in_place : {false, true}) {
      LayerRun run("type: 'ReLU' relu_param { negative_slope: 0.25 }", {{{4}, {-4, -0.0f, 2, 4}}},
                   {TRAIN, 1, in_place, &kernels});
      run.forward();
      CHECK_CLOSE(run.out(), {-1, 0, 2, 4});
      run.set_top_diff(0, {1, 1, 1, 1});
      run.backward();
      CHECK_CLOSE(run.bottom_diff(), {0.25f, 0.25f, 1, 1});
    }
  });
}

TEST(relu_in_place_knows_the_sign_that_a_negative_slope_turned) {
  LayerRun run("type: 'ReLU' relu_param { negative_slope: -0.5 }", {{{2}, {-4, 2}}},
               {TRAIN, 1, true});
  run.forward();
  CHECK_CLOSE(run.out(), {2, 2});
  run.set_top_diff(0, {1, 1});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {-0.5f, 1});
}

TEST(relu_of_a_scalar_and_of_nothing) {
  LayerRun scalar("type: 'ReLU'", {{Shape{}, {-1}}});
  scalar.forward();
  CHECK_CLOSE(scalar.out(), {0});
  LayerRun nothing("type: 'ReLU'", {{{0, 3}, {}}});
  nothing.forward();
  nothing.backward();
  CHECK_EQ(nothing.top(0).shape(), Shape({0, 3}));
}

const GradientCases gradients{
    {"type: 'ReLU'", {{-1, -1, -1}}},
    {"type: 'ReLU' relu_param { negative_slope: 0.3 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
