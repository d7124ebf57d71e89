// Parameter: a top that is a parameter.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(parameter_adds_to_its_gradient) {
  LayerRun run("type: 'Parameter' parameter_param { shape { dim: 2 } }", {});
  set_values(run.param(0).data(), {3, 4});
  run.forward();
  CHECK_CLOSE(run.out(), {3, 4});
  set_values(run.top(0).data(), {0, 0});
  CHECK_CLOSE(values_of(run.param(0).data()), {3, 4});
  run.set_top_diff(0, {1, 2});
  run.backward();
  CHECK_CLOSE(run.param_diff(0), {1, 2});
  run.layer().backward({&run.top(0)}, {}, {});
  CHECK_CLOSE(run.param_diff(0), {2, 4});
}

const GradientCases gradients{
    {.text = "type: 'Parameter' parameter_param { shape { dim: 2 dim: 3 } }",
     .shapes = {},
     .differentiable = 0},
};

}  // namespace
}  // namespace caffe::test
