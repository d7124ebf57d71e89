// Scale: its parameter's shape and gradient.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(scale_parameters_have_the_shape_of_what_they_cover) {
  const auto shape = [](const std::string& fields) {
    LayerRun run("type: 'Scale' scale_param { " + fields + " }", {{{2, 3, 4}, {}}});
    return run.param(0).shape();
  };
  CHECK_EQ(shape(""), (Shape{3}));
  CHECK_EQ(shape("num_axes: -1"), (Shape{3, 4}));
  CHECK_EQ(shape("axis: 0 num_axes: 2"), (Shape{2, 3}));
  CHECK_EQ(shape("num_axes: 0"), Shape{});
  LayerRun two("type: 'Scale' scale_param { bias_term: true }", {{{2, 3, 4}, {}}, {{3, 4}, {}}});
  CHECK_EQ(two.layer().blobs().size(), size_t{1});
  CHECK_EQ(two.param(0).shape(), (Shape{3, 4}));
}

// The original overwrites the gradient of a scale as large as the bottom.
TEST(scale_adds_to_the_gradient) {
  LayerRun run("type: 'Scale' scale_param { axis: 0 num_axes: -1 }", {{{2}, {3, 4}}});
  run.forward();
  run.set_top_diff(0, {1, 2});
  run.backward();
  run.layer().backward({&run.top(0)}, {false}, {&run.bottom(0)});
  CHECK_CLOSE(run.param_diff(0), {6, 16});
}

TEST(scale_of_nothing) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'Scale' scale_param { bias_term: true }", {{{0, 3, 2}, {}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    run.backward();
    CHECK_CLOSE(run.param_diff(0), {0, 0, 0});
  });
}

const GradientCases gradients{
    {"type: 'Scale' scale_param { bias_term: true filler { type: 'uniform' min: 0.5 } "
     "bias_filler { type: 'uniform' } }",
     {{-1, -1, -1}}},
    {"type: 'Scale' scale_param { axis: 0 num_axes: -1 }", {{-1, 2, -1}}},
    {"type: 'Scale' scale_param { num_axes: 0 bias_term: true }", {{-1, -1}}},
    {"type: 'Scale' scale_param { axis: 0 bias_term: true }", {{3, -1, 2, -1}, {3, -1}}, 2},
    {"type: 'Scale' scale_param { axis: -1 }", {{-1, 2, 3}, {3}}, 2},
    {"type: 'Scale'", {{-1, 2}, {}}, 2},
};

}  // namespace
}  // namespace caffe::test
