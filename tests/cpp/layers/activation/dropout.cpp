// Dropout: what share is dropped, of what the choice is a function, and what each phase does.
#include "core/threads.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

constexpr int64_t kMany = 100001;  // not a multiple of four

TEST(dropout_drops_a_share_and_scales_the_rest) {
  on_every_backend([](Kernels& kernels) {
    for (const bool in_place : {false, true}) {
      LayerRun run("type: 'Dropout' dropout_param { dropout_ratio: 0.2 }",
                   {{{kMany}, Values(kMany, 1)}}, {TRAIN, 1, in_place, &kernels});
      run.forward(3);
      int64_t dropped = 0;
      for (float value : run.out()) {
        if (value != 0) CHECK_NEAR(value, 1.25, 1e-6, 0);
        dropped += value == 0;
      }
      CHECK_NEAR(static_cast<double>(dropped) / kMany, 0.2, 0, 0.01);
      const Values out = run.out();
      run.set_top_diff(0, Values(kMany, 1));
      run.backward();
      CHECK(run.bottom_diff() == out);
    }
  });
}

Values dropout_mask(int64_t pass, uint64_t seed, int threads) {
  const int before = num_threads();
  set_num_threads(threads);
  LayerRun run("type: 'Dropout'", {{{kMany}, Values(kMany, 1)}}, {TRAIN, 1, false, nullptr, seed});
  run.forward(pass);
  set_num_threads(before);
  return run.out();
}

TEST(dropout_is_a_function_of_seed_and_pass_alone) {
  const Values mask = dropout_mask(5, 1, 1);
  CHECK(mask == dropout_mask(5, 1, 3));
  CHECK(mask != dropout_mask(6, 1, 1));
  CHECK(mask != dropout_mask(5, 2, 1));
}

TEST(dropout_in_phase_test) {
  const auto out = [](const std::string& fields, bool in_place) {
    LayerRun run("type: 'Dropout' dropout_param { " + fields + " }", {{{3}, {1, 2, 4}}},
                 {TEST, 1, in_place});
    run.forward();
    const Values values = run.out();
    run.set_top_diff(0, {1, 2, 4});
    run.backward();
    CHECK(run.bottom_diff() == values);
    return values;
  };
  for (const bool in_place : {false, true}) {
    CHECK_CLOSE(out("dropout_ratio: 0.3", in_place), {1, 2, 4});
    CHECK_CLOSE(out("dropout_ratio: 0.25 scale_train: false", in_place), {0.75f, 1.5f, 3});
  }
  LayerRun sampling("type: 'Dropout' dropout_param { sample_weights_test: true }",
                    {{{kMany}, Values(kMany, 1)}}, {TEST});
  sampling.forward();
  CHECK(sampling.out() != Values(kMany, 1));
}

TEST(dropout_without_scaling_in_training) {
  LayerRun run("type: 'Dropout' dropout_param { scale_train: false }",
               {{{kMany}, Values(kMany, 1)}});
  run.forward();
  for (float value : run.out()) CHECK(value == 0 || value == 1);
}

TEST(dropout_rejects_ratios_that_are_none) {
  for (const char* ratio : {"1", "-0.1", "nan", "1.5"}) {
    CHECK_FAILS(
        Status::kInvalidArgument, "dropout_ratio must be at least 0 and less than 1",
        LayerRun(str("type: 'Dropout' dropout_param { dropout_ratio: ", ratio, " }"), {{{2}, {}}}));
  }
}

const GradientCases gradients{
    {"type: 'Dropout'", {{-1, 3, -1}}},
    {"type: 'Dropout' dropout_param { scale_train: false }", {{-1, 3}}, 1, 0, TEST},
};

}  // namespace
}  // namespace caffe::test
