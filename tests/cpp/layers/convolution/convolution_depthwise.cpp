// ConvolutionDepthwise: a kernel for each channel.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(convolution_depthwise_has_one_kernel_a_channel) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(
        "type: 'ConvolutionDepthwise' convolution_param { num_output: 7 group: 5 "
        "kernel_h: 1 kernel_w: 2 }",
        {{{1, 2, 1, 3}, {1, 2, 3, 4, 5, 6}}}, {TRAIN, 1, false, &kernels});
    CHECK_EQ(run.param(0).shape(), Shape({2, 1, 1, 2}));
    set_values(run.param(0).data(), {1, 2, -1, 1});
    set_values(run.param(1).data(), {0.5f, 0});
    run.forward();
    CHECK_CLOSE(run.out(), {5.5f, 8.5f, 1, 1});
  });
}

TEST(convolution_depthwise_rejects_what_has_no_channels) {
  CHECK_FAILS(Status::kShape, "bottom \"data\" has no channels",
              LayerRun("type: 'ConvolutionDepthwise' convolution_param { kernel_size: 1 }",
                       {{{2, 0, 3, 3}, {}}}));
}

const GradientCases gradients{
    {"type: 'ConvolutionDepthwise' convolution_param { kernel_size: 3 pad: 1 stride: 2 "
     "weight_filler { type: 'xavier' } }",
     {{-1, 3, 4, 5}}},
};

}  // namespace
}  // namespace caffe::test
