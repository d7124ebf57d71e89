#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

Values reduced(const std::string& fields, const Shape& shape, const Values& values) {
  LayerRun run("type: 'Reduction' reduction_param { " + fields + " }", {{shape, values}});
  run.forward();
  return run.out();
}

TEST(reduction_operations) {
  const Values x = {1, -2, 3, -4, 5, -6};
  CHECK_CLOSE(reduced("", {2, 3}, x), {-3});
  CHECK_CLOSE(reduced("operation: SUM axis: 1 coeff: 2", {2, 3}, x), {4, -10});
  CHECK_CLOSE(reduced("operation: ASUM axis: -1", {2, 3}, x), {6, 15});
  CHECK_CLOSE(reduced("operation: SUMSQ axis: 1", {2, 3}, x), {14, 77});
  CHECK_CLOSE(reduced("operation: MEAN axis: 1 coeff: 3", {2, 3}, x), {2, -5});
}

TEST(reduction_shapes) {
  LayerRun all("type: 'Reduction'", {{{2, 3, 4}, {}}});
  CHECK_EQ(all.top(0).shape(), Shape());
  LayerRun part("type: 'Reduction' reduction_param { axis: 2 }", {{{2, 3, 4}, {}}});
  CHECK_EQ(part.top(0).shape(), (Shape{2, 3}));
}

TEST(reduction_of_nothing_is_zero) {
  CHECK_CLOSE(reduced("operation: MEAN axis: 1", {2, 0}, {}), {0, 0});
}

TEST(reduction_gradient_of_a_magnitude_at_zero_is_zero) {
  LayerRun run("type: 'Reduction' reduction_param { operation: ASUM }", {{{3}, {-2, 0, 5}}});
  run.forward();
  run.set_top_diff(0, {4});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {-4, 0, 4});
}

TEST(reduction_refuses_an_axis_that_is_not_there) {
  CHECK_FAILS(Status::kShape, "reduction_param.axis",
              LayerRun("type: 'Reduction' reduction_param { axis: 3 }", {{{2, 3}, {}}}));
}

const GradientCases gradients{
    {"type: 'Reduction' reduction_param { operation: MEAN axis: 1 coeff: 2 }", {{-1, -1, -1}}},
    {"type: 'Reduction' reduction_param { operation: SUMSQ }", {{-1, -1}}},
    {"type: 'Reduction' reduction_param { operation: ASUM axis: -1 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
