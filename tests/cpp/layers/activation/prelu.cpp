// PReLU: a slope for each channel or for all.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(prelu_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'PReLU'", {{{1, 2, 3}, {-4, 0, 4, -2, 0, 2}}}, {TRAIN, 1, false, &kernels});
    set_values(run.param(0).data(), {0.5f, -3});
    run.forward();
    CHECK_CLOSE(run.out(), {-2, 0, 4, 6, 0, 2});
    run.set_top_diff(0, {1, 2, 3, 4, 5, 6});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {0.5f, 1, 3, -12, -15, 6});
    CHECK_CLOSE(run.param_diff(0), {-4, -8});
  });
  LayerRun shared("type: 'PReLU' prelu_param { channel_shared: true }", {{{1, 2, 1, 1, 1}, {}}});
  CHECK_EQ(shared.param(0).shape(), Shape{});
  CHECK_CLOSE(values_of(shared.param(0).data()), {0.25f});
}

TEST(prelu_refuses) {
  CHECK_FAILS(Status::kShape, "at least 2 axes", LayerRun("type: 'PReLU'", {{{4}, {}}}));
  LayerRun run("type: 'PReLU'", {{{2, 3}, {}}});
  run.bottom(0).reshape({2, 4});
  CHECK_FAILS(Status::kShape, "must have 3 channels", run.forward());
}

const GradientCases gradients{
    {"type: 'PReLU'", {{-1, -1, -1}}},
    {"type: 'PReLU' prelu_param { channel_shared: true filler { value: -0.5 } }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
