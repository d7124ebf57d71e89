// NdConvolution: a Convolution in other words.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string convolution(const std::string& type, const std::string& fields) {
  return str("type: '", type,
             "' convolution_param { num_output: 2 weight_filler { type: 'xavier' } ", fields, " }");
}

TEST(nd_convolution_is_a_convolution_in_other_words) {
  const std::vector<Input> inputs = {{{2, 3, 4, 5, 6}, {}}};
  LayerRun nd(
      convolution("NdConvolution",
                  "kernel_shape { dim: 2 dim: 3 dim: 1 } stride_shape { dim: 1 dim: 2 dim: 3 }"
                  " pad_shape { dim: 0 dim: 1 dim: 0 }"),
      inputs);
  LayerRun plain(convolution("Convolution",
                             "kernel_size: 2 kernel_size: 3 kernel_size: 1 stride: 1 stride: 2 "
                             "stride: 3 pad: 0 pad: 1 pad: 0"),
                 inputs);
  nd.forward();
  plain.forward();
  CHECK_EQ(nd.top(0).shape(), Shape({2, 2, 3, 3, 2}));
  CHECK(nd.out() == plain.out());
  // Other ways to say it, and an axis of one place, which stays.
  LayerRun same(convolution("NdConvolution", "kernel_size: 3"), {{{1, 1, 3, 4}, {}}});
  CHECK_EQ(same.top(0).shape(), Shape({1, 2, 1, 2}));
}

TEST(nd_convolution_rejects_what_does_not_fit) {
  const auto make = [](const std::string& fields) {
    LayerRun run(convolution("NdConvolution", fields), {{{1, 1, 3, 4, 5}, {}}});
  };
  CHECK_FAILS(Status::kInvalidArgument, "both kernel_size and kernel_shape",
              make("kernel_size: 2 kernel_shape { dim: 2 dim: 2 dim: 2 }"));
  CHECK_FAILS(Status::kInvalidArgument, "both pad and pad_shape",
              make("kernel_size: 2 pad: 1 pad_shape { dim: 2 dim: 2 dim: 2 }"));
  CHECK_FAILS(Status::kInvalidArgument, "both kernel_h or kernel_w and kernel_shape",
              make("kernel_h: 2 kernel_w: 2 kernel_shape { dim: 2 dim: 2 dim: 2 }"));
  CHECK_FAILS(Status::kInvalidArgument, "kernel_shape is given 2 numbers",
              make("kernel_shape { dim: 2 dim: 2 }"));
  CHECK_FAILS(Status::kInvalidArgument, "pad_shape has -1, expected numbers from 0",
              make("kernel_size: 2 pad_shape { dim: 0 dim: -1 dim: 0 }"));
  CHECK_FAILS(Status::kInvalidArgument, "pad_shape has 9223372036854775807",
              make("kernel_size: 2 pad_shape { dim: 9223372036854775807 dim: 0 dim: 0 }"));
  CHECK_FAILS(Status::kInvalidArgument, "kernel_size is given 0 times", make(""));
}

const GradientCases gradients{
    {convolution("NdConvolution", "kernel_shape { dim: 2 dim: 1 } bias_term: true"),
     {{-1, 2, 3, -1}}},
};

}  // namespace
}  // namespace caffe::test
