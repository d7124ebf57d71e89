// BatchNorm: the batch's statistics and the stored ones, a scale and a bias, each fork's words.
#include <cmath>
#include <utility>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(batch_norm_with_the_batch_s_statistics) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'BatchNorm' batch_norm_param { eps: 0 moving_average_fraction: 0.5 }",
                 {{{2, 2, 2}, {1, 3, 10, 10, 5, 7, 10, 30}}}, {TRAIN, 1, false, &kernels});
    run.forward();
    const float a = std::sqrt(5.0f), b = std::sqrt(75.0f);
    CHECK_CLOSE(run.out(), {-3 / a, -1 / a, -5 / b, -5 / b, 1 / a, 3 / a, -5 / b, 15 / b});
    CHECK_CLOSE(values_of(run.param(0).data()), {4, 15});
    CHECK_CLOSE(values_of(run.param(1).data()), {5 * 4.0f / 3, 100});
    CHECK_CLOSE(values_of(run.param(2).data()), {1});
    run.forward();
    CHECK_CLOSE(values_of(run.param(0).data()), {6, 22.5f});
    CHECK_CLOSE(values_of(run.param(2).data()), {1.5f});
  });
}

TEST(batch_norm_with_the_stored_statistics) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'BatchNorm' batch_norm_param { eps: 1 }", {{{1, 2, 2}, {1, 3, 0, 2}}},
                 {TEST, 1, false, &kernels});
    set_values(run.param(0).data(), {2, 4});
    set_values(run.param(1).data(), {6, 16});
    set_values(run.param(2).data(), {2});
    run.forward();
    CHECK_CLOSE(run.out(), {0, 1, -2.0f / 3, 0});
    CHECK_CLOSE(values_of(run.param(2).data()), {2});
    run.set_top_diff(0, {1, 2, 3, 6});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {0.5f, 1, 1, 2});
    CHECK_CLOSE(run.param_diff(0), {0, 0});
  });
}

// The mean may be far greater than what is left without it.
constexpr const char* kScaled =
    "type: 'BatchNorm' batch_norm_param { eps: 0 moving_average_fraction: 0.5 scale_bias: true }";

TEST(batch_norm_with_a_scale_and_a_bias) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(kScaled, {{{2, 1, 2}, {1, 3, 5, 7}}}, {TRAIN, 1, false, &kernels});
    CHECK_EQ(run.layer().blobs().size(), size_t{5});
    CHECK_CLOSE(values_of(run.param(3).data()), {1});
    CHECK_CLOSE(values_of(run.param(4).data()), {0});
    CHECK(!run.layer().learns(2) && run.layer().learns(3) && run.layer().learns(4));
    set_values(run.param(3).data(), {2});
    set_values(run.param(4).data(), {10});
    run.forward();
    const float a = 2 / std::sqrt(5 + 1e-5f);  // eps is at least that
    CHECK_CLOSE(run.out(), {10 - 3 * a, 10 - a, 10 + a, 10 + 3 * a});
    // Averages, not sums: of the first batch as they are.
    CHECK_CLOSE(values_of(run.param(0).data()), {4});
    CHECK_CLOSE(values_of(run.param(1).data()), {20.0f / 3});
    CHECK_CLOSE(values_of(run.param(2).data()), {1});
    run.set_bottom(0, {0, 0, 0, 0});
    run.forward();
    CHECK_CLOSE(values_of(run.param(0).data()), {2});
    CHECK_CLOSE(values_of(run.param(1).data()), {10.0f / 3});
    CHECK_CLOSE(values_of(run.param(2).data()), {1});
    // What another program left as sums becomes averages.
    set_values(run.param(0).data(), {12});
    set_values(run.param(2).data(), {3});
    run.forward();
    CHECK_CLOSE(values_of(run.param(0).data()), {2});
    run.set_top_diff(0, {1, 2, 3, 4});
    run.backward();
    CHECK_CLOSE(run.param_diff(4), {10});
  });
}

TEST(batch_norm_with_a_scale_and_stored_statistics) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(kScaled, {{{1, 2, 2}, {1, 3, 0, 2}}}, {TEST, 1, false, &kernels});
    set_values(run.param(0).data(), {1, 2});
    set_values(run.param(1).data(), {4, 9});
    set_values(run.param(2).data(), {1});
    set_values(run.param(3).data(), {2, 3});
    set_values(run.param(4).data(), {5, 6});
    run.forward();
    CHECK_CLOSE(run.out(), {5, 7, 4, 6});
    CHECK_CLOSE(values_of(run.param(0).data()), {1, 2});
    run.set_top_diff(0, {1, 2, 3, 6});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {1, 2, 3, 6});
    CHECK_CLOSE(run.param_diff(3), {2, -2});
    CHECK_CLOSE(run.param_diff(4), {3, 9});
  });
}

TEST(batch_norm_in_each_fork_s_words) {
  const auto blobs = [](const std::string& fields) {
    LayerRun run(
        "type: 'BatchNorm' batch_norm_param { moving_average_fraction: 0.5 " + fields + " }",
        {{{2, 1}, {1, 3}}});
    run.forward();
    run.forward();
    // Sums of two batches are of 1.5, an average is of 1.
    return std::pair(run.layer().blobs().size(), values_of(run.param(2).data())[0]);
  };
  using Pair = std::pair<size_t, float>;
  CHECK(blobs("") == Pair(3, 1.5f));
  CHECK(blobs("scale_bias: true") == Pair(5, 1));
  CHECK(blobs("scale_bias: false bias_filler { value: 3 }") == Pair(5, 1));
  CHECK(blobs("scale_filler { value: 3 }") == Pair(5, 1));
  CHECK(blobs("use_weight_bias: true") == Pair(5, 1.5f));
  CHECK(blobs("use_weight_bias: true bias_term: false") == Pair(4, 1.5f));
  CHECK(blobs("use_weight_bias: false bias_filler { value: 3 }") == Pair(3, 1.5f));
  CHECK(blobs("filler { value: 3 }") == Pair(5, 1.5f));
  LayerRun filled(
      "type: 'BatchNorm' batch_norm_param { scale_filler { value: 2 } bias_filler { "
      "value: 3 } }",
      {{{2, 1}, {1, 3}}});
  CHECK_CLOSE(values_of(filled.param(3).data()), {2});
  CHECK_CLOSE(values_of(filled.param(4).data()), {3});
  CHECK_FAILS(Status::kUnsupported, "put a ReLU layer behind", blobs("relu: true"));
  CHECK_FAILS(Status::kUnsupported, "stats_batch_size is not supported",
              blobs("stats_batch_size: 1"));
  CHECK(blobs("stats_batch_size: 1 use_global_stats: true") == Pair(3, 0));
}

TEST(batch_norm_of_a_large_mean) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'BatchNorm' batch_norm_param { eps: 0 }",
                 {{{4, 1}, {100001, 99999, 100001, 99999}}}, {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {1, -1, 1, -1});
  });
}

TEST(batch_norm_of_few_values) {
  LayerRun single("type: 'BatchNorm'", {{{1, 2}, {3, -4}}});
  single.forward();
  CHECK_CLOSE(single.out(), {0, 0});
  CHECK_CLOSE(values_of(single.param(1).data()), {0, 0});
  LayerRun line("type: 'BatchNorm' batch_norm_param { eps: 0 }", {{{4}, {1, 3, 1, 3}}});
  line.forward();
  CHECK_CLOSE(line.out(), {-1, 1, -1, 1});
  on_every_backend([](Kernels& kernels) {
    LayerRun none("type: 'BatchNorm'", {{{0, 2, 3}, {}}}, {TRAIN, 1, false, &kernels});
    none.forward();
    none.backward();
    CHECK_CLOSE(values_of(none.param(2).data()), {0});
  });
}

TEST(batch_norm_follows_shapes) {
  LayerRun run("type: 'BatchNorm'", {{{2, 3, 4, 4}, {}}});
  run.forward();
  run.bottom(0).reshape({5, 3});
  run.set_bottom(0, distinct_values(15, 1));
  run.forward();
  CHECK_EQ(run.top(0).shape(), (Shape{5, 3}));
  run.bottom(0).reshape({5, 4});
  CHECK_FAILS(Status::kShape, "must have 3 channels on axis 1", run.forward());
}

TEST(batch_norm_statistics_are_not_trained) {
  CHECK_FAILS(Status::kInvalidArgument, "lr_mult must be 0, not 1",
              LayerRun("type: 'BatchNorm' param {}", {{{2, 3}, {}}}));
  CHECK_FAILS(
      Status::kInvalidArgument, "lr_mult must be 0, not 2",
      LayerRun("type: 'BatchNorm' param { lr_mult: 0 } param { lr_mult: 2 }", {{{2, 3}, {}}}));
  LayerRun run("type: 'BatchNorm' param {} param {} param {}", {{{2, 3}, {}}});
  for (size_t i = 0; i < 3; ++i) CHECK(!run.layer().learns(i));
}

TEST(batch_norm_refuses) {
  CHECK_FAILS(Status::kShape, "must have an axis", LayerRun("type: 'BatchNorm'", {{Shape{}, {1}}}));
  CHECK_FAILS(
      Status::kUnsupported, "update_global_stats",
      LayerRun("type: 'BatchNorm' batch_norm_param { update_global_stats: true }", {{{2, 3}, {}}}));
}

const GradientCases gradients{
    {"type: 'BatchNorm' batch_norm_param { eps: 0.1 }",
     {{4, -1, 3}},
     1,
     0,
     TRAIN,
     1,
     {},
     {0, 1, 2}},
    {"type: 'BatchNorm' batch_norm_param { eps: 0.1 use_global_stats: false }",
     {{8, -1}},
     1,
     0,
     TEST,
     1,
     {},
     {0, 1, 2}},
    {"type: 'BatchNorm' batch_norm_param { eps: 0.1 }", {{-1, -1}}, 1, 0, TEST, 1, {}, {0, 1, 2}},
    {"type: 'BatchNorm' batch_norm_param { eps: 0.1 scale_filler { type: 'gaussian' } }",
     {{4, -1, 3}},
     1,
     0,
     TRAIN,
     1,
     {},
     {0, 1, 2}},
    {"type: 'BatchNorm' batch_norm_param { eps: 0.1 scale_filler { type: 'gaussian' } }",
     {{-1, -1, 2}},
     1,
     0,
     TEST,
     1,
     {},
     {0, 1, 2}},
    {"type: 'BatchNorm' batch_norm_param { eps: 0.1 bias_term: false filler { type: 'gaussian' } }",
     {{5, -1}},
     1,
     0,
     TRAIN,
     1,
     {},
     {0, 1, 2}},
};

}  // namespace
}  // namespace caffe::test
