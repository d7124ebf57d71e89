// Pooling: the first of equals, windows over the padding and outside the image, new shapes.
#include <cfloat>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/pooling/pool.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(pooling_takes_the_first_of_equals) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(pool("kernel_size: 2 stride: 2"), {{{1, 1, 2, 4}, {5, 5, 1, 3, 5, 5, 3, 3}}},
                 {TRAIN, 2, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(0), {5, 3});
    CHECK_CLOSE(run.out(1), {0, 3});
    run.set_top_diff(0, {1, 2});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {1, 0, 0, 2, 0, 0, 0, 0});
  });
}

TEST(pooling_of_one_place) {
  on_every_backend([](Kernels& kernels) {
    for (const char* method : {"MAX", "AVE"}) {
      LayerRun run(pool(str("kernel_size: 1 pool: ", method)), {{{1, 1, 1, 1}, {-2}}},
                   {TRAIN, 1, false, &kernels});
      run.forward();
      CHECK_CLOSE(run.out(), {-2});
      run.set_top_diff(0, {3});
      run.backward();
      CHECK_CLOSE(run.bottom_diff(), {3});
    }
  });
}

TEST(pooling_averages_over_image_and_padding) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(pool("kernel_size: 3 stride: 3 pad: 1 pool: AVE"),
                 {{{1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}}, {TRAIN, 1, false, &kernels});
    run.forward();
    // The windows that reach over the lower padding end there: 3 x 2 and 2 x 2 places.
    CHECK_CLOSE(run.out(), {12 / 9.f, 9 / 6.f, 15 / 6.f, 9 / 4.f});
  });
}

TEST(pooling_has_a_gradient_in_phase_test) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(pool("kernel_size: 2"), {{{1, 1, 2, 2}, {1, 7, 3, 4}}},
                 {TEST, 1, false, &kernels});
    run.forward();
    // As a layer in place would.
    run.top(0).data().write()[0] = -5;
    run.set_top_diff(0, {2});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {0, 2, 0, 0});
    CHECK_CLOSE(run.out(), {-5});
    run.set_bottom(0, {9, 7, 3, 4});
    run.forward();
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {2, 0, 0, 0});
  });
}

TEST(pooling_gives_windows_outside_the_image_nothing) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(pool("kernel_size: 1 stride: 3"), {{{1, 1, 1, 5}, {1, 2, 3, 4, 5}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {1, 4, -FLT_MAX});
    run.set_top_diff(0, {1, 1, 1});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {1, 0, 0, 1, 0});
    LayerRun average(pool("kernel_size: 1 stride: 3 pool: AVE"), {{{1, 1, 1, 5}, {1, 2, 3, 4, 5}}},
                     {TRAIN, 1, false, &kernels});
    average.forward();
    CHECK_CLOSE(average.out(), {1, 4, 0});
  });
}

TEST(pooling_follows_new_shapes) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(pool("global_pooling: true"), {{{1, 1, 2, 2}, {1, 2, 3, 4}}},
                 {TEST, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {4});
    run.bottom(0).reshape({1, 1, 1, 3});
    run.set_bottom(0, {7, 8, 6});
    run.forward();
    CHECK_CLOSE(run.out(), {8});
    run.bottom(0).reshape({0, 1, 1, 3});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({0, 1, 1, 1}));
  });
}

TEST(pooling_rejects_bottoms_that_do_not_fit) {
  CHECK_FAILS(Status::kShape, "bottom \"data\": 1 are too few for 3 bins",
              pooled_shape("bin_size: 3", {2, 3, 6, 1}));
  CHECK_FAILS(Status::kShape, "the kernel is too large: it reaches over 9 places, there are 6",
              pooled_shape("kernel_size: 9", {2, 3, 6, 6}));
  CHECK_FAILS(Status::kShape, "bottom \"data\" must have 4 axes",
              pooled_shape("kernel_size: 2", {2, 3, 4}));
  CHECK_FAILS(Status::kShape, "bottom \"data\" must have 4 axes",
              pooled_shape("kernel_size: 2", {1, 2, 3, 4, 5}));
  CHECK_FAILS(Status::kInvalidArgument, "takes exactly 1 top",
              LayerRun(pool("kernel_size: 2 pool: AVE"), {{{1, 1, 2, 2}, {}}}, {TRAIN, 2}));
}

const GradientCases gradients{
    {"type: 'Pooling' pooling_param { bin_size: 2 pool: AVE }", {{-1, -1, 3, 4}}},
    {"type: 'Pooling' pooling_param { kernel_size: 3 stride: 2 pad: 1 }", {{-1, -1, 5, 6}}},
    {"type: 'Pooling' pooling_param { kernel_size: 3 stride: 2 pad: 1 pool: AVE }",
     {{-1, -1, 5, 6}}},
    {"type: 'Pooling' pooling_param { global_pooling: true pool: AVE }", {{-1, -1, -1, -1}}},
    {"type: 'Pooling' pooling_param { kernel_size: 2 stride: 1 }", {{-1, -1, 4, 3}}, 1, 0, TEST},
};

}  // namespace
}  // namespace caffe::test
