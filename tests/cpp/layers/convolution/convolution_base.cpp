// What convolutions share: gradients that are added or not wanted, new shapes, blobs that do not
// fit.
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/convolution/conv.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

TEST(convolution_rejects_strides_pads_and_groups) {
  rejected("num_output: 2 kernel_size: 2 stride: 0", "stride must be at least 1");
  rejected("num_output: 2 kernel_size: 2 stride_h: 2", "only one of stride_h and stride_w");
  rejected("num_output: 2 kernel_size: 2 pad: 1 pad_h: 1", "both pad and pad_h");
  rejected("kernel_size: 2", "num_output must be given");
  rejected("num_output: 4 kernel_size: 1 group: 0", "group must be at least 1");
  rejected("num_output: 4 kernel_size: 1 group: 3", "num_output: 4 is no multiple of group: 3");
  CHECK_FAILS(Status::kShape, "has 3 channels, which is no multiple of convolution_param.group: 5",
              convolved_shape("num_output: 10 kernel_size: 1 group: 5", {2, 3, 6, 6}));
  CHECK_FAILS(Status::kShape, "convolution_param.axis does not fit bottom \"data\"",
              convolved_shape("num_output: 2 kernel_size: 1 axis: 7", {2, 3, 6, 6}));
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

}  // namespace
}  // namespace caffe::test
