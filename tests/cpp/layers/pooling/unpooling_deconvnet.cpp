// layers/pooling/unpooling_deconvnet.cpp
#include <algorithm>
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string unpool(const std::string& fields) {
  return "type: 'Unpooling' unpooling_param { " + fields + " }";
}

TEST(unpooling_puts_values_where_the_mask_says) {
  LayerRun run(unpool("kernel_size: 2 stride: 2 unpool_h: 2 unpool_w: 3"),
               {{{1, 2, 1, 2}, {5, 6, 7, 8}}, {{1, 2, 1, 2}, {4, 2, 0, 0}}});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({1, 2, 2, 3}));
  CHECK_CLOSE(run.out(), {0, 0, 6, 0, 5, 0, 8, 0, 0, 0, 0, 0});  // of two with one place the last
  run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {5, 3, 7, 7});
  CHECK_CLOSE(run.bottom_diff(1), {0, 0, 0, 0});
}

TEST(unpooling_undoes_a_pooling) {
  LayerRun pool("type: 'Pooling' pooling_param { kernel_size: 2 stride: 2 }", {{{2, 3, 6, 4}, {}}},
                {TRAIN, 2});
  pool.forward();
  LayerRun run(unpool("unpool: MAX kernel_size: 2 stride: 2 unpool_h: 6 unpool_w: 4"),
               {{{2, 3, 3, 2}, pool.out(0)}, {{2, 3, 3, 2}, pool.out(1)}});
  run.forward();
  const Values before = values_of(pool.bottom(0).data()), after = run.out();
  size_t kept = 0;
  for (size_t i = 0; i < after.size(); ++i) {
    CHECK(after[i] == 0 || after[i] == before[i]);
    kept += after[i] != 0;
  }
  CHECK_EQ(kept, size_t{2 * 3 * 3 * 2});
}

TEST(unpooling_without_a_mask) {
  LayerRun run(unpool("kernel_size: 2 stride: 2 unpool_h: 3 unpool_w: 3"),
               {{{1, 1, 2, 2}, {1, 2, 3, 4}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 0, 2, 0, 0, 0, 3, 0, 4});
  run.bottom(0).reshape({1, 1, 1, 1});
  run.set_bottom(0, {5});
  run.forward();
  CHECK_CLOSE(run.out(), {5, 0, 0, 0, 0, 0, 0, 0, 0});
}

// 2^24 + 1 is no float.
TEST(unpooling_without_a_mask_in_large_planes) {
  LayerRun run(unpool("kernel_size: 1 stride_h: 1 stride_w: 16777217 unpool_h: 1 "
                      "unpool_w: 16777218"),
               {{{1, 1, 1, 2}, {1, 2}}});
  run.forward();
  const float* top = run.top(0).data().read();
  CHECK_EQ(top[16777216], 0.0f);
  CHECK_EQ(top[16777217], 2.0f);
  float* gradient = run.top(0).diff().write();
  std::fill_n(gradient, run.top(0).count(), 0.0f);
  gradient[16777216] = 5;
  gradient[16777217] = 6;
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {0, 6});
}

TEST(unpooling_over_whole_windows) {
  const auto out = [](const std::string& fields) {
    LayerRun run(unpool(fields + " kernel_h: 1 kernel_w: 3 stride_h: 1 stride_w: 2 unpool_h: 1 "
                                 "unpool_w: 4"),
                 {{{1, 1, 1, 2}, {6, 12}}});
    run.forward();
    run.forward();  // begins at zeros again
    return run.out();
  };
  CHECK_CLOSE(out("unpool: TILE"), {6, 6, 18, 12});
  CHECK_CLOSE(out("unpool: AVE"), {2, 2, 8, 6});  // the second window has two places
}

TEST(unpooling_rejects_indices_out_of_range) {
  for (float index : {-1.f, 4.f, std::numeric_limits<float>::quiet_NaN()}) {
    LayerRun run(unpool("kernel_size: 2 unpool_size: 2"),
                 {{{1, 2, 1, 1}, {5, 6}}, {{1, 2, 1, 1}, {3, index}}});
    CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\" holds index ", run.forward());
  }
}

TEST(unpooling_of_either_fork_rejects_what_does_not_fit) {
  const auto make = [](const std::string& fields, const Shape& mask = {1, 1, 2, 2}) {
    LayerRun run(unpool(fields), {{{1, 1, 2, 2}, {}}, {mask, {}}});
  };
  CHECK_FAILS(Status::kInvalidArgument, "kernel_size must be at least 1", make("unpool_size: 4"));
  CHECK_FAILS(Status::kInvalidArgument, "unpool_size must be at least 1", make("kernel_size: 2"));
  CHECK_FAILS(Status::kInvalidArgument, "stride must be at least 1",
              make("kernel_size: 2 unpool_size: 4 stride: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "either unpool_size or both unpool_h and unpool_w",
              make("kernel_size: 2 unpool_h: 4"));
  CHECK_FAILS(Status::kUnsupported, "no Unpooling with a pad",
              make("kernel_size: 2 unpool_size: 4 pad: 1"));
  CHECK_FAILS(Status::kUnsupported, "ParseNet's is UnPooling): unpooling_param.out_kernel_size",
              make("out_kernel_size: 2"));
  CHECK_FAILS(Status::kInvalidArgument, "none of MAX, AVE and TILE",
              LayerRun(unpool("unpool: REP"), {{{1, 1, 2, 2}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "exactly 1 bottom(s)",
              make("unpool: AVE kernel_size: 2 unpool_size: 4"));
  CHECK_FAILS(Status::kShape, "an index for each value of bottom \"data\"",
              make("kernel_size: 2 unpool_size: 4", {1, 1, 2, 1}));
  CHECK_FAILS(Status::kShape, "must have 4 axes",
              LayerRun(unpool("kernel_size: 2 unpool_size: 4"), {{{1, 2, 2}, {}}}));
  CHECK_FAILS(
      Status::kUnsupported, "DeconvNet's is Unpooling): unpooling_param.kernel_size",
      LayerRun("type: 'UnPooling' unpooling_param { kernel_size: 2 }", {{{1, 1, 2, 2}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "none of FIXED, DIV and REP",
              LayerRun("type: 'UnPooling' unpooling_param { unpool: MAX out_kernel_size: 2 }",
                       {{{1, 1, 2, 2}, {}}}));
}

const GradientCases gradients{
    {.text = unpool("kernel_size: 2 unpool_h: 2 unpool_w: 3"),
     .shapes = {{2, 1, 1, 3}, {2, 1, 1, 3}},
     .given = {{1, {0, 5, 3, 2, 1, 4}}}},
    {unpool("kernel_size: 3 stride: 2 unpool_size: 8"), {{-1, -1, 3, 4}}},
    {unpool("unpool: AVE kernel_size: 3 stride: 2 unpool_h: 6 unpool_w: 7"), {{-1, -1, 3, 3}}},
    {unpool("unpool: TILE kernel_size: 3 stride: 2 unpool_h: 6 unpool_w: 7"), {{-1, -1, 3, 3}}},
};

}  // namespace
}  // namespace caffe::test
