// Axpy: a x + y with an a for each channel of each image.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(axpy_by_hand) {
  on_every_backend([](Kernels& kernels) {
    for (const Shape& shape : {Shape{2, 1}, Shape{2, 1, 1, 1}}) {
      LayerRun run("type: 'Axpy'",
                   {{shape, {2, 3}}, {{2, 1, 2}, {1, 2, 3, 4}}, {{2, 1, 2}, {10, 20, 30, 40}}},
                   {TRAIN, 1, false, &kernels});
      run.forward();
      CHECK_CLOSE(run.out(), {12, 24, 39, 52});
      run.set_top_diff(0, {1, -1, 2, 1});
      run.backward();
      CHECK_CLOSE(run.bottom_diff(0), {-1, 10});
      CHECK_CLOSE(run.bottom_diff(1), {2, -2, 6, 3});
      CHECK_CLOSE(run.bottom_diff(2), {1, -1, 2, 1});
    }
  });
}

TEST(axpy_refuses_what_does_not_fit) {
  CHECK_FAILS(Status::kShape, "one value for each channel of each image",
              LayerRun("type: 'Axpy'", {{{2, 4}, {}}, {{2, 3, 5}, {}}, {{2, 3, 5}, {}}}));
  CHECK_FAILS(Status::kShape, "one value for each channel of each image",
              LayerRun("type: 'Axpy'", {{{2, 3, 5}, {}}, {{2, 3, 5}, {}}, {{2, 3, 5}, {}}}));
  CHECK_FAILS(Status::kShape, "bottom2",
              LayerRun("type: 'Axpy'", {{{2, 3}, {}}, {{2, 3, 5}, {}}, {{2, 3, 4}, {}}}));
}

const GradientCases gradients{
    {"type: 'Axpy'", {{-1, -1}, {-1, -1, -1, 2}, {-1, -1, -1, 2}}, 3},
};

}  // namespace
}  // namespace caffe::test
