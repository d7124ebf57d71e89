// The windows of poolings: sizes, bins, the forks' fields, and parameters that make no sense.
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/pooling/pool.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(pooling_rounds_its_size_up_unless_told_otherwise) {
  CHECK_EQ(pooled_shape("kernel_size: 3 stride: 2", {1, 2, 6, 7}), Shape({1, 2, 3, 3}));
  CHECK_EQ(pooled_shape("kernel_size: 3 stride: 2 round_mode: FLOOR", {1, 2, 6, 7}),
           Shape({1, 2, 2, 3}));
  // Rounded up there would be three windows a row; the last begins behind the padding.
  CHECK_EQ(pooled_shape("kernel_size: 2 stride: 2 pad: 1", {1, 1, 3, 4}), Shape({1, 1, 2, 3}));
  CHECK_EQ(pooled_shape("kernel_size: 7 stride: 2", {1, 1, 6, 6}), Shape({1, 1, 1, 1}));
  CHECK_EQ(pooled_shape("global_pooling: true", {2, 3, 5, 4}), Shape({2, 3, 1, 1}));
}

TEST(pooling_knows_the_forks_fields) {
  CHECK_EQ(pooled_shape("kernel_size: 3 stride: 2 ceil_mode: false", {1, 2, 6, 7}),
           Shape({1, 2, 2, 3}));
  CHECK_EQ(
      pooled_shape("kernel_size: 3 stride: 2 ceil_mode: false round_mode: FLOOR", {1, 2, 6, 7}),
      Shape({1, 2, 2, 3}));
  for (const char* floor : {"torch_pooling: true", "round_below: true",
                            "round_below: true torch_pooling: true ceil_mode: false"}) {
    CHECK_EQ(pooled_shape(str("kernel_size: 3 stride: 2 ", floor), {1, 2, 6, 7}),
             Shape({1, 2, 2, 3}));
    CHECK_EQ(pooled_shape(str("kernel_size: 3 stride: 2 pad: 1 ", floor), {1, 2, 6, 7}),
             Shape({1, 2, 3, 4}));
  }
  CHECK_EQ(pooled_shape("kernel_size: 3 stride: 2 torch_pooling: false", {1, 2, 6, 7}),
           Shape({1, 2, 3, 3}));
  CHECK_EQ(pooled_shape("bin_size: 3", {1, 2, 7, 9}), Shape({1, 2, 3, 3}));
  CHECK_EQ(pooled_shape("bin_h: 2 bin_w: 4", {1, 2, 7, 9}), Shape({1, 2, 2, 4}));
  LayerRun run(pool("bin_size: 2 pool: AVE"), {{{1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1.5f, 3.5f, 5.5f, 7.5f});
  run.bottom(0).reshape({1, 1, 4, 2});
  run.forward();
  CHECK_CLOSE(run.out(), {2, 3, 6, 7});
}

void rejected(const std::string& fields, const std::string& message) {
  CHECK_FAILS(Status::kInvalidArgument, message, pooled_shape(fields, {2, 3, 6, 6}));
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

}  // namespace
}  // namespace caffe::test
