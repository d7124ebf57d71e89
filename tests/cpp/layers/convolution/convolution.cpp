// layers/convolution/convolution.cpp, layers/convolution/convolution_geometry.cpp
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string conv(const std::string& fields) {
  return "type: 'Convolution' convolution_param { " + fields + " }";
}

Shape top_shape(const std::string& fields, const Shape& bottom) {
  return LayerRun(conv(fields), {{bottom, {}}}).top(0).shape();
}

TEST(convolution_rounds_its_size_down) {
  CHECK_EQ(top_shape("num_output: 4 kernel_size: 3", {2, 3, 7, 6}), Shape({2, 4, 5, 4}));
  CHECK_EQ(top_shape("num_output: 4 kernel_size: 3 stride: 2", {2, 3, 8, 7}), Shape({2, 4, 3, 3}));
  CHECK_EQ(top_shape("num_output: 1 kernel_size: 3 pad: 1 dilation: 2", {1, 1, 5, 5}),
           Shape({1, 1, 3, 3}));
  CHECK_EQ(top_shape("num_output: 1 kernel_h: 1 kernel_w: 3 pad_w: 1", {1, 1, 2, 5}),
           Shape({1, 1, 2, 5}));
  CHECK_EQ(top_shape("num_output: 1 kernel_size: 3 kernel_size: 1", {1, 1, 5, 5}),
           Shape({1, 1, 3, 5}));
}

TEST(convolution_takes_any_number_of_spatial_axes) {
  CHECK_EQ(top_shape("num_output: 4 kernel_size: 1", {2, 3}), Shape({2, 4}));
  CHECK_EQ(top_shape("num_output: 4 kernel_size: 2", {2, 3, 5}), Shape({2, 4, 4}));
  CHECK_EQ(top_shape("num_output: 4 kernel_size: 2", {2, 3, 5, 4, 3}), Shape({2, 4, 4, 3, 2}));
  CHECK_EQ(top_shape("num_output: 4 kernel_size: 2 axis: -3", {6, 2, 3, 5, 5}),
           Shape({6, 2, 4, 4, 4}));
}

TEST(convolution_knows_the_forks_names_of_dilation) {
  CHECK_EQ(top_shape("num_output: 1 kernel_size: 3 hole: 2", {1, 1, 7, 7}), Shape({1, 1, 3, 3}));
  CHECK_EQ(
      top_shape("num_output: 1 kernel_size: 3 filter_stride_h: 2 filter_stride_w: 1", {1, 1, 7, 7}),
      Shape({1, 1, 3, 5}));
  CHECK_FAILS(Status::kInvalidArgument, "more than one of dilation, hole",
              top_shape("num_output: 1 kernel_size: 3 hole: 2 dilation: 2", {1, 1, 7, 7}));
}

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

TEST(convolution_adds_to_the_gradients_of_parameters) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(conv("num_output: 1 kernel_size: 1"), {{{1, 1, 1, 1}, {3}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    run.set_top_diff(0, {2});
    run.backward();
    BlobPointers bottom = {&run.bottom(0)}, top = {&run.top(0)};
    run.layer().backward(top, {false}, bottom);
    CHECK_CLOSE(run.param_diff(0), {12});
    CHECK_CLOSE(run.param_diff(1), {4});
  });
}

TEST(convolution_leaves_frozen_parameters_alone) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(conv("num_output: 1 kernel_size: 1"), {{{1, 1, 1, 1}, {3}}},
                 {TRAIN, 1, false, &kernels});
    run.layer().set_param_propagate_down(0, false);
    run.forward();
    run.set_top_diff(0, {2});
    run.backward();
    CHECK_CLOSE(run.param_diff(0), {0});
    CHECK_CLOSE(run.param_diff(1), {2});
  });
}

TEST(convolution_follows_new_shapes) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(conv("num_output: 1 kernel_size: 2"), {{{1, 1, 2, 2}, {1, 2, 3, 4}}},
                 {TEST, 1, false, &kernels});
    set_values(run.param(0).data(), {1, 1, 1, 1});
    run.forward();
    CHECK_CLOSE(run.out(), {10});
    run.bottom(0).reshape({2, 1, 2, 3});
    run.set_bottom(0, {1, 2, 3, 4, 5, 6, 0, 0, 0, 1, 1, 1});
    run.forward();
    CHECK_CLOSE(run.out(), {12, 16, 2, 2});
    run.bottom(0).reshape({2, 2, 2, 3});
    CHECK_FAILS(Status::kShape, "with 1 channels", run.forward());
    run.bottom(0).reshape({2, 1, 1, 3});
    CHECK_FAILS(Status::kShape, "kernel is too large", run.forward());
  });
}

TEST(convolution_of_nothing_is_nothing) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(conv("num_output: 2 kernel_size: 1"), {{{0, 1, 2, 2}, {}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({0, 2, 2, 2}));
    run.backward();
    CHECK_CLOSE(run.param_diff(0), {0, 0});
    CHECK_CLOSE(run.param_diff(1), {0, 0});
  });
}

void rejected(const std::string& fields, const std::string& message,
              const Shape& bottom = {2, 3, 6, 6}) {
  CHECK_FAILS(Status::kInvalidArgument, message, top_shape(fields, bottom));
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
              top_shape("num_output: 1 kernel_size: 9", {1, 1, 6, 6}));
  CHECK_FAILS(
      Status::kShape, "does not fit 64 bits",
      top_shape("num_output: 1 kernel_size: 4294967295 dilation: 4294967295", {1, 0, 6, 6}));
}

TEST(convolution_rejects_strides_pads_and_groups) {
  rejected("num_output: 2 kernel_size: 2 stride: 0", "stride must be at least 1");
  rejected("num_output: 2 kernel_size: 2 stride_h: 2", "only one of stride_h and stride_w");
  rejected("num_output: 2 kernel_size: 2 pad: 1 pad_h: 1", "both pad and pad_h");
  rejected("kernel_size: 2", "num_output must be given");
  rejected("num_output: 4 kernel_size: 1 group: 0", "group must be at least 1");
  rejected("num_output: 4 kernel_size: 1 group: 3", "num_output: 4 is no multiple of group: 3");
  CHECK_FAILS(Status::kShape, "has 3 channels, which is no multiple of convolution_param.group: 5",
              top_shape("num_output: 10 kernel_size: 1 group: 5", {2, 3, 6, 6}));
  CHECK_FAILS(Status::kShape, "convolution_param.axis does not fit bottom \"data\"",
              top_shape("num_output: 2 kernel_size: 1 axis: 7", {2, 3, 6, 6}));
}

TEST(convolution_rejects_blobs_that_do_not_agree) {
  CHECK_FAILS(Status::kShape, "bottom \"label\" has shape 2 3 3 3 (54), but bottom \"data\"",
              LayerRun(conv("num_output: 2 kernel_size: 2"),
                       {{{2, 3, 6, 6}, {}}, {{2, 3, 3, 3}, {}}}, {TRAIN, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "one top of each bottom",
              LayerRun(conv("num_output: 2 kernel_size: 2"), {{{2, 3, 6, 6}, {}}}, {TRAIN, 2}));
  CHECK_FAILS(
      Status::kInvalidArgument, "cannot work in place",
      LayerRun(conv("num_output: 3 kernel_size: 1"), {{{2, 3, 6, 6}, {}}}, {TRAIN, 1, true}));
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
