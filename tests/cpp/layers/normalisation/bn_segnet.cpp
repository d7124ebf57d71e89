// SegNet's BN: the batch's statistics in both phases, as further tops too.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/normalisation/bn_values.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kA = std::sqrt(5.0f), kB = std::sqrt(75.0f);  // the channels' deviations

TEST(bn_of_segnet) {
  on_every_backend([](Kernels& kernels) {
    for (const Phase phase : {TRAIN, TEST}) {
      LayerRun learn("type: 'BN' bn_param { scale_filler { value: 2 } shift_filler { value: 1 } }",
                     {kImages}, {phase, 3, false, &kernels});
      learn.forward();
      CHECK_EQ(learn.param(0).shape(), (Shape{1, 2, 1, 1}));
      CHECK_CLOSE(learn.out(), {1 - 6 / kA, 1 - 2 / kA, 1 - 10 / kB, 1 - 10 / kB, 1 + 2 / kA,
                                1 + 6 / kA, 1 - 10 / kB, 1 + 30 / kB});
      CHECK_EQ(learn.top(2).shape(), (Shape{1, 2, 1, 1}));
      CHECK_CLOSE(learn.out(1), {4, 15});
      CHECK_CLOSE(learn.out(2), {5, 75});
    }
    LayerRun infer("type: 'BN' bn_param { bn_mode: INFERENCE }", {kImages},
                   {TRAIN, 1, false, &kernels});
    set_values(infer.param(0).data(), {2, -1});
    set_values(infer.param(1).data(), {1, 3});
    infer.forward();
    CHECK_CLOSE(infer.out(), {3, 7, -7, -7, 11, 15, -7, -27});
  });
  CHECK_FAILS(Status::kInvalidArgument, "top(s)",
              LayerRun("type: 'BN' bn_param { bn_mode: INFERENCE }", {kImages}, {TEST, 2}));
}

TEST(bn_of_segnet_of_equal_values_is_the_shift) {
  LayerRun run("type: 'BN' bn_param { shift_filler { value: 3 } scale_filler { value: 1 } }",
               {{{2, 1, 2}, {0.1f, 0.1f, 0.1f, 0.1f}}});
  run.forward();
  CHECK_CLOSE(run.out(), {3, 3, 3, 3});
}

const GradientCases gradients{
    {"type: 'BN' bn_param { bn_mode: LEARN " + kFilled + " }", {{8, -1, 3}}},
    {"type: 'BN' bn_param { bn_mode: INFERENCE " + kFilled + " }", {{-1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
