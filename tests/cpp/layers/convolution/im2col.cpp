// layers/convolution/im2col.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string im2col(const std::string& fields) {
  return "type: 'Im2col' convolution_param { " + fields + " }";
}

TEST(im2col_by_hand) {
  LayerRun run(im2col("kernel_h: 1 kernel_w: 2 pad_h: 0 pad_w: 1 stride_h: 1 stride_w: 2"),
               {{{1, 2, 1, 3}, {1, 2, 3, 4, 5, 6}}});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({1, 4, 1, 2}));
  CHECK_CLOSE(run.out(), {0, 2, 1, 3, 0, 5, 4, 6});
  run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {3, 2, 4, 7, 6, 8});
}

TEST(im2col_sums_what_windows_share) {
  LayerRun run(im2col("kernel_size: 2"), {{{1, 1, 3}, {1, 2, 3}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 2, 2, 3});
  run.set_top_diff(0, {1, 10, 100, 1000});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {1, 110, 1000});
}

TEST(im2col_takes_any_number_of_spatial_axes) {
  const auto shape = [](const std::string& fields, const Shape& bottom) {
    LayerRun run(im2col(fields), {{bottom, {}}});
    run.forward();
    return run.top(0).shape();
  };
  CHECK_EQ(shape("kernel_size: 1", {2, 3}), Shape({2, 3}));
  CHECK_EQ(shape("kernel_size: 2 dilation: 2", {2, 3, 5, 4, 3}), Shape({2, 24, 3, 2, 1}));
  CHECK_EQ(shape("kernel_size: 2 axis: -3", {0, 2, 3, 5, 5}), Shape({0, 2, 12, 4, 4}));
  // Most of the windows lie in the padding.
  CHECK_EQ(shape("kernel_size: 2 pad: 5 stride: 3", {1, 1, 1, 2}), Shape({1, 4, 4, 4}));
}

TEST(im2col_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kShape, "bottom \"data\": the kernel is too large",
              LayerRun(im2col("kernel_size: 9"), {{{1, 1, 6, 6}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "kernel_size is given 0 times",
              LayerRun(im2col(""), {{{1, 1, 6, 6}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place",
              LayerRun(im2col("kernel_size: 1"), {{{1, 1, 6, 6}, {}}}, {TRAIN, 1, true}));
  LayerRun run(im2col("kernel_size: 1"), {{{1, 1, 6, 6}, {}}});
  run.bottom(0).reshape({1, 1, 6});
  CHECK_FAILS(Status::kShape, "must have 4 axes, as at set-up", run.forward());
}

const GradientCases gradients{
    {"type: 'Im2col' convolution_param { kernel_size: 3 pad: 2 stride: 2 }", {{-1, -1, -1, 4}}},
    {"type: 'Im2col' convolution_param { kernel_size: 2 dilation: 2 }", {{-1, 2, 3, 4, 3}}},
};

}  // namespace
}  // namespace caffe::test
