// The windows of convolutions: sizes, axes, the forks' names of dilation, kernels that are none.
#include "cpp/layers/convolution/conv.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(convolution_rounds_its_size_down) {
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 3", {2, 3, 7, 6}), Shape({2, 4, 5, 4}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 3 stride: 2", {2, 3, 8, 7}),
           Shape({2, 4, 3, 3}));
  CHECK_EQ(convolved_shape("num_output: 1 kernel_size: 3 pad: 1 dilation: 2", {1, 1, 5, 5}),
           Shape({1, 1, 3, 3}));
  CHECK_EQ(convolved_shape("num_output: 1 kernel_h: 1 kernel_w: 3 pad_w: 1", {1, 1, 2, 5}),
           Shape({1, 1, 2, 5}));
  CHECK_EQ(convolved_shape("num_output: 1 kernel_size: 3 kernel_size: 1", {1, 1, 5, 5}),
           Shape({1, 1, 3, 5}));
}

TEST(convolution_takes_any_number_of_spatial_axes) {
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 1", {2, 3}), Shape({2, 4}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 2", {2, 3, 5}), Shape({2, 4, 4}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 2", {2, 3, 5, 4, 3}),
           Shape({2, 4, 4, 3, 2}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 2 axis: -3", {6, 2, 3, 5, 5}),
           Shape({6, 2, 4, 4, 4}));
}

TEST(convolution_knows_the_forks_names_of_dilation) {
  CHECK_EQ(convolved_shape("num_output: 1 kernel_size: 3 hole: 2", {1, 1, 7, 7}),
           Shape({1, 1, 3, 3}));
  CHECK_EQ(convolved_shape("num_output: 1 kernel_size: 3 filter_stride_h: 2 filter_stride_w: 1",
                           {1, 1, 7, 7}),
           Shape({1, 1, 3, 5}));
  CHECK_FAILS(Status::kInvalidArgument, "more than one of dilation, hole",
              convolved_shape("num_output: 1 kernel_size: 3 hole: 2 dilation: 2", {1, 1, 7, 7}));
}

TEST(convolution_rejects_kernels_that_are_none) {
  rejected("num_output: 2", "kernel_size is given 0 times; it is wanted once, or once for each of");
  rejected("num_output: 2 kernel_size: 0", "kernel must be at least 1");
  rejected("num_output: 2 kernel_size: 2 kernel_size: 2 kernel_size: 2", "kernel_size is given 3");
  rejected("num_output: 2 kernel_h: 3", "only one of kernel_h and kernel_w is given");
  rejected("num_output: 2 kernel_size: 3 kernel_h: 3 kernel_w: 3", "both kernel_size and kernel_h");
  rejected("num_output: 2 kernel_h: 2 kernel_w: 2", "kernel_h and kernel_w are for 2 spatial axes",
           {1, 2, 3, 3, 3});
  CHECK_FAILS(Status::kShape, "bottom \"data\": the kernel is too large: along spatial axis 0",
              convolved_shape("num_output: 1 kernel_size: 9", {1, 1, 6, 6}));
  CHECK_FAILS(
      Status::kShape, "does not fit 64 bits",
      convolved_shape("num_output: 1 kernel_size: 4294967295 dilation: 4294967295", {1, 0, 6, 6}));
}

}  // namespace
}  // namespace caffe::test
