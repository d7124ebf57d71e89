// DepthwiseConvolution: a Convolution whose groups are its channels.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(depthwise_convolution_is_convolution) {
  LayerRun run(
      "type: 'DepthwiseConvolution' convolution_param { num_output: 4 group: 2 "
      "kernel_size: 1 bias_term: false weight_filler { value: 2 } }",
      {{{1, 2, 1, 1}, {3, 4}}});
  run.forward();
  CHECK_CLOSE(run.out(), {6, 6, 8, 8});
}

const GradientCases gradients{
    {"type: 'DepthwiseConvolution' convolution_param { num_output: 3 group: 3 kernel_size: 2 "
     "weight_filler { type: 'xavier' } }",
     {{-1, 3, 4, 3}}},
};

}  // namespace
}  // namespace caffe::test
