// Split: gradients are added, and are zeros when there is none.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(split_adds_the_gradients_of_its_tops) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'Split'", {{{2}, {5, 6}}}, {TRAIN, 3, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(2), {5, 6});
    run.set_top_diff(0, {1, 2});
    run.set_top_diff(2, {10, 20});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {11, 22});
  });
}

TEST(split_without_any_gradient_gives_zeros) {
  LayerRun run("type: 'Split'", {{{2}, {5, 6}}}, {TRAIN, 2});
  run.forward();
  set_values(run.bottom(0).diff(), {7, 7});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {0, 0});
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place",
              LayerRun("type: 'Split'", {{{2}, {}}}, {TRAIN, 1, true}));
}

const GradientCases gradients{
    {"type: 'Split'", {{-1, -1}}, 1, 0, TRAIN, 2},
};

}  // namespace
}  // namespace caffe::test
