// Stochastic pooling: values are drawn, or weighed, by their size.
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/pooling/pool.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

}  // namespace
}  // namespace caffe::test
