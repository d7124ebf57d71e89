// LRN: across channels and within one.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(lrn_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun across("type: 'LRN' lrn_param { local_size: 3 alpha: 3 beta: 1 k: 2 }",
                    {{{1, 3, 1, 1}, {1, 2, 3}}}, {TRAIN, 1, false, &kernels});
    across.forward();
    CHECK_CLOSE(across.out(), {1.0f / 7, 2.0f / 16, 3.0f / 15});
    LayerRun within(
        "type: 'LRN' lrn_param { local_size: 3 alpha: 9 beta: 1 k: 7 norm_region: WITHIN_CHANNEL }",
        {{{1, 1, 1, 3}, {1, 2, 3}}}, {TRAIN, 1, false, &kernels});
    within.forward();
    CHECK_CLOSE(within.out(), {1.0f / 6, 2.0f / 15, 3.0f / 14});
  });
}

// The number of a window's places is more than 64 bits hold.
TEST(lrn_of_the_largest_windows) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'LRN' lrn_param { local_size: 4294967295 norm_region: WITHIN_CHANNEL }",
                 {{{1, 1, 1, 3}, {1, 2, 3}}}, {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {1, 2, 3});
    CHECK(run.layer().flops({&run.bottom(0)}, {&run.top(0)}) > 0);
    run.set_top_diff(0, {1, 2, 3});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {1, 2, 3});
  });
}

TEST(lrn_follows_shapes) {
  for (const char* region : {"ACROSS_CHANNELS", "WITHIN_CHANNEL"}) {
    on_every_backend([&](Kernels& kernels) {
      LayerRun run(str("type: 'LRN' lrn_param { norm_region: ", region, " }"), {{{2, 3, 4, 5}, {}}},
                   {TRAIN, 1, false, &kernels});
      run.forward();
      run.bottom(0).reshape({1, 6, 2, 2});
      run.set_bottom(0, Values(24));
      run.forward();
      CHECK_EQ(run.top(0).shape(), (Shape{1, 6, 2, 2}));
      CHECK_CLOSE(run.out(), Values(24));
      run.bottom(0).reshape({0, 6, 2, 2});
      run.forward();
      run.backward();
      CHECK_EQ(run.top(0).count(), int64_t{0});
    });
  }
}

TEST(lrn_refuses) {
  CHECK_FAILS(Status::kInvalidArgument, "local_size must be odd, not 4",
              LayerRun("type: 'LRN' lrn_param { local_size: 4 }", {{{1, 2, 3, 4}, {}}}));
  CHECK_FAILS(Status::kShape, "must have 4 axes", LayerRun("type: 'LRN'", {{{2, 5}, {}}}));
}

const GradientCases gradients{
    {"type: 'LRN' lrn_param { local_size: 3 alpha: 2 k: 2 }", {{-1, 5, -1, -1}}},
    {"type: 'LRN' lrn_param { local_size: 5 alpha: 3 beta: 0.6 }", {{-1, -1, 2, -1}}},
    {"type: 'LRN' lrn_param { local_size: 3 alpha: 2 norm_region: WITHIN_CHANNEL }",
     {{-1, -1, 4, 3}}},
};

}  // namespace
}  // namespace caffe::test
