// Bias: what is added where.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(bias_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'Bias'", {{{1, 2, 2}, {1, 2, 3, 4}}}, {TRAIN, 1, false, &kernels});
    set_values(run.param(0).data(), {10, 20});
    run.forward();
    CHECK_CLOSE(run.out(), {11, 12, 23, 24});
    run.set_top_diff(0, {1, 2, 3, 4});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {1, 2, 3, 4});
    CHECK_CLOSE(run.param_diff(0), {3, 7});
  });
}

TEST(bias_of_a_second_bottom) {
  LayerRun run("type: 'Bias' bias_param { axis: 0 }", {{{2, 2}, {1, 2, 3, 4}}, {{2}, {10, 20}}});
  CHECK_EQ(run.layer().blobs().size(), size_t{0});
  run.forward();
  CHECK_CLOSE(run.out(), {11, 12, 23, 24});
  run.set_top_diff(0, {1, 2, 3, 4});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(1), {3, 7});
}

const GradientCases gradients{
    {"type: 'Bias' bias_param { filler { type: 'uniform' } }", {{-1, -1, -1}}},
    {"type: 'Bias' bias_param { axis: 0 num_axes: 2 }", {{-1, 2, -1}}},
    {"type: 'Bias' bias_param { axis: 1 }", {{-1, 2, 3}, {2, 3}}, 2},
};

}  // namespace
}  // namespace caffe::test
