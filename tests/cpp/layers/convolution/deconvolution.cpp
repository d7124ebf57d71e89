// layers/convolution/deconvolution.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string deconv(const std::string& fields) {
  return "type: 'Deconvolution' convolution_param { " + fields + " }";
}

Shape convolved_shape(const std::string& fields, const Shape& bottom) {
  return LayerRun(deconv(fields), {{bottom, {}}}).top(0).shape();
}

TEST(deconvolution_undoes_the_size_of_a_convolution) {
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 4 stride: 2", {2, 3, 5, 1}),
           Shape({2, 4, 12, 4}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 3 dilation: 2 pad: 1", {2, 3, 5, 6}),
           Shape({2, 4, 7, 8}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 1", {2, 3}), Shape({2, 4}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 2", {2, 3, 5}), Shape({2, 4, 6}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 2 hole: 2", {2, 3, 5, 4, 3}),
           Shape({2, 4, 7, 6, 5}));
  CHECK_EQ(convolved_shape("num_output: 4 kernel_size: 2 axis: 2", {6, 2, 3, 5, 5}),
           Shape({6, 2, 4, 6, 6}));
}

TEST(deconvolution_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(deconv("num_output: 1 kernel_h: 1 kernel_w: 3 stride_h: 1 stride_w: 2 "
                        "bias_filler { value: 0.5 }"),
                 {{{1, 2, 1, 2}, {1, 2, 10, 20}}}, {TRAIN, 1, false, &kernels});
    CHECK_EQ(run.param(0).shape(), Shape({2, 1, 1, 3}));
    set_values(run.param(0).data(), {1, 2, 3, 1, 0, -1});
    run.forward();
    CHECK_CLOSE(run.out(), {11.5f, 2.5f, 15.5f, 4.5f, -13.5f});
    run.set_top_diff(0, {1, 2, 3, 4, 5});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {14, 26, -2, -2});
    CHECK_CLOSE(run.param_diff(0), {7, 10, 13, 70, 100, 130});
    CHECK_CLOSE(run.param_diff(1), {15});
  });
}

TEST(deconvolution_upsamples_bilinearly) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(deconv("num_output: 2 group: 2 kernel_size: 4 stride: 2 pad: 1 bias_term: false "
                        "weight_filler { type: 'bilinear' }"),
                 {{{1, 2, 1, 3}, {4, 8, 0, -4, -8, 0}}}, {TEST, 1, false, &kernels});
    CHECK_EQ(run.param(0).shape(), Shape({2, 1, 4, 4}));
    run.forward();
    // A single row counts 3/4 in both of its rows.
    CHECK_CLOSE(run.out(),
                {2.25f,  3.75f,  5.25f,  4.5f,  1.5f,  0, 2.25f,  3.75f,  5.25f,  4.5f,  1.5f,  0,
                 -2.25f, -3.75f, -5.25f, -4.5f, -1.5f, 0, -2.25f, -3.75f, -5.25f, -4.5f, -1.5f, 0});
  });
}

TEST(deconvolution_has_a_gradient_in_phase_test_and_adds_to_parameters) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(deconv("num_output: 1 kernel_size: 1"), {{{1, 1, 1, 1}, {3}}},
                 {TEST, 1, false, &kernels});
    set_values(run.param(0).data(), {5});
    run.forward();
    run.set_top_diff(0, {2});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {10});
    BlobPointers bottom = {&run.bottom(0)}, top = {&run.top(0)};
    run.layer().backward(top, {false}, bottom);
    CHECK_CLOSE(run.param_diff(0), {12});
    CHECK_CLOSE(run.param_diff(1), {4});
  });
}

TEST(deconvolution_follows_new_shapes) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(deconv("num_output: 1 kernel_size: 2 stride: 2"), {{{1, 1, 1, 1}, {3}}},
                 {TEST, 1, false, &kernels});
    set_values(run.param(0).data(), {1, 2, 3, 4});
    run.forward();
    CHECK_CLOSE(run.out(), {3, 6, 9, 12});
    run.bottom(0).reshape({2, 1, 1, 1});
    run.set_bottom(0, {1, -1});
    run.forward();
    CHECK_CLOSE(run.out(), {1, 2, 3, 4, -1, -2, -3, -4});
    run.bottom(0).reshape({0, 1, 3, 1});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({0, 1, 6, 2}));
    run.bottom(0).reshape({1, 2, 1, 1});
    CHECK_FAILS(Status::kShape, "with 1 channels", run.forward());
  });
}

TEST(deconvolution_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kShape, "bottom \"data\": nothing is left of it along spatial axis 0",
              convolved_shape("num_output: 2 kernel_size: 2 pad: 3", {1, 2, 2, 2}));
  CHECK_FAILS(Status::kShape, "3 channels, which is no multiple of convolution_param.group: 2",
              convolved_shape("num_output: 2 kernel_size: 2 group: 2", {1, 3, 2, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "num_output must be given",
              convolved_shape("kernel_size: 2", {1, 3, 2, 2}));
  CHECK_FAILS(
      Status::kShape, "does not fit 64 bits",
      convolved_shape("num_output: 1 kernel_size: 4294967295 dilation: 4294967295", {1, 0, 6, 6}));
  CHECK_FAILS(
      Status::kInvalidArgument, "cannot work in place",
      LayerRun(deconv("num_output: 3 kernel_size: 1"), {{{2, 3, 6, 6}, {}}}, {TRAIN, 1, true}));
}

const GradientCases gradients{
    {"type: 'Deconvolution' convolution_param { num_output: 2 kernel_size: 3 stride: 2 pad: 1 "
     "weight_filler { type: 'xavier' } bias_filler { type: 'uniform' } }",
     {{-1, -1, -1, -1}}},
    {"type: 'Deconvolution' convolution_param { num_output: 4 kernel_size: 2 dilation: 2 group: 2 "
     "weight_filler { type: 'xavier' } }",
     {{-1, 2, 2, 3}, {-1, 2, 2, 3}},
     2,
     0,
     TEST,
     2},
    {"type: 'Deconvolution' convolution_param { num_output: 2 kernel_size: 2 axis: 2 bias_term: "
     "false weight_filler { type: 'xavier' } }",
     {{-1, 2, 3, 2}}},
    {"type: 'Deconvolution' convolution_param { num_output: 2 kernel_size: 2 stride: 2 "
     "weight_filler { type: 'xavier' } }",
     {{-1, 2, 2, 2, 2}}},
};

}  // namespace
}  // namespace caffe::test
