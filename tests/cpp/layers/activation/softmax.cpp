// Softmax: along any axis and in place, of values whose exponentials overflow.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(softmax_in_place_and_along_any_axis) {
  on_every_backend([](Kernels& kernels) {
    for (const bool in_place : {false, true}) {
      LayerRun run("type: 'Softmax' softmax_param { axis: 0 }", {{{2, 2}, {0, 1000, 0, 0}}},
                   {TRAIN, 1, in_place, &kernels});
      run.forward();
      CHECK_CLOSE(run.out(), {0.5f, 1, 0.5f, 0});
      run.set_top_diff(0, {1, 1, 0, 0});
      run.backward();
      CHECK_CLOSE(run.bottom_diff(), {0.25f, 0, -0.25f, 0});
    }
  });
  CHECK_FAILS(Status::kShape, "axis 2 is out of range for 2 axes",
              LayerRun("type: 'Softmax' softmax_param { axis: 2 }", {{{2, 5}, {}}}));
}

const GradientCases gradients{
    {"type: 'Softmax'", {{-1, 4, -1}}},
    {"type: 'Softmax' softmax_param { axis: -1 }", {{-1, -1, 3}}},
};

}  // namespace
}  // namespace caffe::test
