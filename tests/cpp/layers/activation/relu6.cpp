// ReLU6: both bends by hand.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(relu6_by_hand) {
  on_every_backend([](Kernels& kernels) {
    for (const bool in_place : {false, true}) {
      LayerRun run("type: 'ReLU6' relu6_param { negative_slope: 0.5 }",
                   {{{6}, {-2, 0, 1, 5, 6, 7}}}, {TRAIN, 1, in_place, &kernels});
      run.forward();
      CHECK_CLOSE(run.out(), {-1, 0, 1, 5, 6, 6});
      run.set_top_diff(0, {2, 2, 2, 2, 2, 2});
      run.backward();
      CHECK_CLOSE(run.bottom_diff(), {1, 1, 2, 2, 0, 0});
    }
  });
  LayerRun negative("type: 'ReLU6' relu6_param { negative_slope: -1 }", {{{2}, {-2, 2}}},
                    {TRAIN, 1, true});
  negative.forward();
  CHECK_CLOSE(negative.out(), {2, 2});
  negative.set_top_diff(0, {1, 1});
  negative.backward();
  CHECK_CLOSE(negative.bottom_diff(), {-1, 1});
}

const GradientCases gradients{
    {"type: 'ReLU6' relu6_param { negative_slope: 0.2 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
