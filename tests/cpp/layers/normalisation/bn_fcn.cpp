// FCN's BN: statistics of each place.
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/normalisation/bn_values.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(bn_of_fcn) {
  on_every_backend([](Kernels& kernels) {
    LayerRun places("type: 'BN' bn_param { across_spatial: false scale_filler { value: 1 } }",
                    {{{2, 2, 2}, {1, 3, 10, 10, 5, 7, 20, 30}}}, {TRAIN, 1, false, &kernels});
    places.forward();
    CHECK_EQ(places.param(0).shape(), (Shape{1, 2, 2, 1}));
    CHECK_CLOSE(places.out(), {-1, -1, -1, -1, 1, 1, 1, 1});
    LayerRun test(
        "type: 'BN' bn_param { moving_average: true var_eps: 0.25 "
        "scale_filler { value: 1 } shift_filler { value: 1 } }",
        {kImages}, {TEST, 1, false, &kernels});
    test.forward();
    CHECK_CLOSE(test.out(), {3, 7, 21, 21, 11, 15, 21, 61});
  });
}

const GradientCases gradients{
    {"type: 'BN' bn_param { var_eps: 0.1 " + kFilled + " }", {{6, -1, 2}}},
    {"type: 'BN' bn_param { across_spatial: false var_eps: 0.3 " + kFilled + " }", {{6, -1, 2}}},
};

}  // namespace
}  // namespace caffe::test
