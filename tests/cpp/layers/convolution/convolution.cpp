// Convolution: by hand.
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/convolution/conv.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(convolution_of_one_place_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(conv("num_output: 2 kernel_size: 2 bias_filler { value: 0.5 }"),
                 {{{1, 1, 2, 2}, {1, 2, 3, 4}}}, {TRAIN, 1, false, &kernels});
    set_values(run.param(0).data(), {1, 0, 0, 1, 0, 1, -1, 0});
    run.forward();
    CHECK_CLOSE(run.out(), {5.5f, -0.5f});
    run.set_top_diff(0, {2, 3});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {2, 3, -3, 2});
    CHECK_CLOSE(run.param_diff(0), {2, 4, 6, 8, 3, 6, 9, 12});
    CHECK_CLOSE(run.param_diff(1), {2, 3});
  });
}

const GradientCases gradients{
    {"type: 'Convolution' convolution_param { num_output: 2 kernel_size: 2 pad: 1 "
     "weight_filler { type: 'xavier' } bias_filler { type: 'uniform' } }",
     {{-1, -1, -1, -1}}},
    {"type: 'Convolution' convolution_param { num_output: 4 kernel_size: 3 pad: 2 stride: 2 "
     "dilation: 2 group: 2 weight_filler { type: 'xavier' } }",
     {{-1, 2, 5, 4}, {-1, 2, 5, 4}},
     2,
     0,
     TRAIN,
     2},
    {"type: 'Convolution' convolution_param { num_output: 2 kernel_size: 2 bias_term: false "
     "weight_filler { type: 'xavier' } }",
     {{-1, 2, 3, 2, 3}}},
    {"type: 'Convolution' convolution_param { num_output: 2 kernel_size: 1 axis: 2 "
     "weight_filler { type: 'xavier' } }",
     {{-1, 2, 3, -1}}},
};

}  // namespace
}  // namespace caffe::test
