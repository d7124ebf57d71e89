// layers/pooling/pooling.cpp, layers/pooling/stochastic_pooling.cpp
#include <cfloat>
#include <set>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string pool(const std::string& fields) {
  return "type: 'Pooling' pooling_param { " + fields + " }";
}

Shape top_shape(const std::string& fields, const Shape& bottom) {
  return LayerRun(pool(fields), {{bottom, {}}}).top(0).shape();
}

TEST(pooling_rounds_its_size_up_unless_told_otherwise) {
  CHECK_EQ(top_shape("kernel_size: 3 stride: 2", {1, 2, 6, 7}), Shape({1, 2, 3, 3}));
  CHECK_EQ(top_shape("kernel_size: 3 stride: 2 round_mode: FLOOR", {1, 2, 6, 7}),
           Shape({1, 2, 2, 3}));
  // Rounded up there would be three windows a row; the last begins behind the padding.
  CHECK_EQ(top_shape("kernel_size: 2 stride: 2 pad: 1", {1, 1, 3, 4}), Shape({1, 1, 2, 3}));
  CHECK_EQ(top_shape("kernel_size: 7 stride: 2", {1, 1, 6, 6}), Shape({1, 1, 1, 1}));
  CHECK_EQ(top_shape("global_pooling: true", {2, 3, 5, 4}), Shape({2, 3, 1, 1}));
}

TEST(pooling_knows_the_forks_fields) {
  CHECK_EQ(top_shape("kernel_size: 3 stride: 2 ceil_mode: false", {1, 2, 6, 7}),
           Shape({1, 2, 2, 3}));
  CHECK_EQ(top_shape("kernel_size: 3 stride: 2 ceil_mode: false round_mode: FLOOR", {1, 2, 6, 7}),
           Shape({1, 2, 2, 3}));
  for (const char* floor : {"torch_pooling: true", "round_below: true",
                            "round_below: true torch_pooling: true ceil_mode: false"}) {
    CHECK_EQ(top_shape(str("kernel_size: 3 stride: 2 ", floor), {1, 2, 6, 7}), Shape({1, 2, 2, 3}));
    CHECK_EQ(top_shape(str("kernel_size: 3 stride: 2 pad: 1 ", floor), {1, 2, 6, 7}),
             Shape({1, 2, 3, 4}));
  }
  CHECK_EQ(top_shape("kernel_size: 3 stride: 2 torch_pooling: false", {1, 2, 6, 7}),
           Shape({1, 2, 3, 3}));
  CHECK_EQ(top_shape("bin_size: 3", {1, 2, 7, 9}), Shape({1, 2, 3, 3}));
  CHECK_EQ(top_shape("bin_h: 2 bin_w: 4", {1, 2, 7, 9}), Shape({1, 2, 2, 4}));
  LayerRun run(pool("bin_size: 2 pool: AVE"), {{{1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1.5f, 3.5f, 5.5f, 7.5f});
  run.bottom(0).reshape({1, 1, 4, 2});
  run.forward();
  CHECK_CLOSE(run.out(), {2, 3, 6, 7});
}

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

TEST(pooling_draws_values_by_their_size) {
  const int64_t windows = 20000;
  Values values;
  for (int64_t i = 0; i < windows; ++i) values.insert(values.end(), {1, 0, 2, 5});
  LayerRun run(pool("kernel_h: 1 kernel_w: 4 stride_h: 1 stride_w: 4 pool: STOCHASTIC"),
               {{{1, 1, windows, 4}, values}});
  run.forward();
  double ones = 0, twos = 0, fives = 0;
  for (float value : run.out()) {
    ones += value == 1;
    twos += value == 2;
    fives += value == 5;
  }
  CHECK_EQ(ones + twos + fives, static_cast<double>(windows));
  CHECK_NEAR(ones / windows, 1 / 8., 0, 0.01);
  CHECK_NEAR(twos / windows, 2 / 8., 0, 0.01);
  // The gradient goes where the value came from.
  run.set_top_diff(0, Values(static_cast<size_t>(windows), 1));
  run.backward();
  const Values drawn = run.out(), diff = run.bottom_diff();
  for (size_t i = 0; i < drawn.size(); ++i) {
    for (size_t k = 0; k < 4; ++k) {
      CHECK_EQ(diff[i * 4 + k], values[i * 4 + k] == drawn[i] ? 1.0f : 0.0f);
    }
  }
  const Values first = run.out();
  run.forward();
  CHECK(run.out() != first);
  run.forward(0);
  CHECK(run.out() == first);
}

TEST(pooling_weighs_values_by_their_size_in_phase_test) {
  LayerRun run(pool("kernel_size: 2 stride: 2 pool: STOCHASTIC"),
               {{{1, 1, 2, 4}, {1, 2, 0, 0, 3, 4, 0, 0}}}, {TEST});
  run.forward();
  CHECK_CLOSE(run.out(), {3, 0});
  run.set_top_diff(0, {1, 1});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {-0.1f, 0.1f, 0, 0, 0.3f, 0.5f, 0, 0});
}

void rejected(const std::string& fields, const std::string& message) {
  CHECK_FAILS(Status::kInvalidArgument, message, top_shape(fields, {2, 3, 6, 6}));
}

TEST(pooling_rejects_parameters_that_make_no_sense) {
  rejected("", "either kernel_size or both kernel_h and kernel_w");
  rejected("kernel_size: 0", "kernel must be at least 1 x 1");
  rejected("kernel_h: 2", "either kernel_size or both");
  rejected("kernel_size: 2 kernel_h: 2 kernel_w: 2", "either kernel_size or both");
  rejected("global_pooling: true kernel_size: 2", "no kernel may be given");
  rejected("bin_size: 2 kernel_size: 2", "bin_size takes the kernel from the bottom's size");
  rejected("bin_size: 2 stride: 2", "bin_size goes with stride 1 and pad 0 only");
  rejected("bin_h: 2", "either bin_size or both bin_h and bin_w");
  rejected("bin_size: 0", "at least 1 x 1 bins");
  rejected("bin_size: 2 pool: STOCHASTIC", "neither with global_pooling nor with STOCHASTIC");
  rejected("kernel_size: 2 round_mode: CEIL ceil_mode: false", "contradict each other");
  rejected("kernel_size: 2 ceil_mode: true torch_pooling: true",
           "ceil_mode: true and torch_pooling: true contradict each other");
  rejected("kernel_size: 2 torch_pooling: false round_below: true", "contradict each other");
  rejected("kernel_shape { dim: 2 dim: 2 }", "NdPooling's; kernel_size, stride and pad are wanted");
  rejected("global_pooling: true stride: 2", "stride 1 and pad 0 only");
  rejected("kernel_size: 3 pad_h: 1", "either pad or both pad_h and pad_w");
  rejected("kernel_size: 3 stride_w: 1", "either stride or both stride_h and stride_w");
  rejected("kernel_size: 3 stride: 0", "stride must be at least 1");
  rejected("kernel_size: 2 pad: 2", "pad (2 x 2) must be less than the kernel (2 x 2)");
  rejected("kernel_size: 2 pad: 1 pool: STOCHASTIC", "takes no pad");
}

TEST(pooling_rejects_bottoms_that_do_not_fit) {
  CHECK_FAILS(Status::kShape, "bottom \"data\": 1 are too few for 3 bins",
              top_shape("bin_size: 3", {2, 3, 6, 1}));
  CHECK_FAILS(Status::kShape, "the kernel is too large: it reaches over 9 places, there are 6",
              top_shape("kernel_size: 9", {2, 3, 6, 6}));
  CHECK_FAILS(Status::kShape, "bottom \"data\" must have 4 axes",
              top_shape("kernel_size: 2", {2, 3, 4}));
  CHECK_FAILS(Status::kShape, "bottom \"data\" must have 4 axes",
              top_shape("kernel_size: 2", {1, 2, 3, 4, 5}));
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
