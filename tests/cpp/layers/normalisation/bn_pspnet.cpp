// PSPNet's BN: running statistics as parameters, and a frozen layer.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/normalisation/bn_values.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kA = std::sqrt(5.0f), kB = std::sqrt(75.0f);  // the channels' deviations

TEST(bn_of_pspnet) {
  on_every_backend([](Kernels& kernels) {
    const std::string text =
        "type: 'BN' bn_param { eps: 0 slope_filler { value: 1 } momentum: 0.75 }";
    LayerRun train(text, {kImages}, {TRAIN, 1, false, &kernels});
    train.forward();
    CHECK_CLOSE(train.out(),
                {-3 / kA, -1 / kA, -5 / kB, -5 / kB, 1 / kA, 3 / kA, -5 / kB, 15 / kB});
    CHECK_CLOSE(values_of(train.param(2).data()), {1, 3.75f});
    CHECK_CLOSE(values_of(train.param(3).data()), {1.25f, 18.75f});
    CHECK(train.layer().learns(1));
    CHECK(!train.layer().learns(2));

    LayerRun test(text, {kImages}, {TEST, 1, false, &kernels});
    set_values(test.param(2).data(), {1, 10});
    set_values(test.param(3).data(), {4, 25});
    test.forward();
    CHECK_CLOSE(test.out(), {0, 1, 0, 0, 2, 3, 0, 4});
    CHECK_CLOSE(values_of(test.param(2).data()), {1, 10});
  });
  LayerRun frozen("type: 'BN' bn_param { eps: 0 frozen: true slope_filler { value: 3 } }",
                  {kImages});
  frozen.forward();
  CHECK_CLOSE(frozen.out(), {3, 9, 30, 30, 15, 21, 30, 90});
  for (size_t i = 0; i < 4; ++i) CHECK(!frozen.layer().learns(i));
}

const GradientCases gradients{
    {"type: 'BN' bn_param { eps: 0.1 slope_filler { type: 'uniform' } }",
     {{6, -1, 2}},
     1,
     0,
     TRAIN,
     1,
     {},
     {2, 3}},
    {"type: 'BN' bn_param { frozen: true slope_filler { value: 2 } }",
     {{-1, -1, 2}},
     1,
     0,
     TRAIN,
     1,
     {},
     {0, 1, 2, 3}},
};

}  // namespace
}  // namespace caffe::test
