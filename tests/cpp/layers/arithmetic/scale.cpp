// layers/arithmetic/scale.cpp, bias.cpp, prelu.cpp and coefficients.cpp
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const GradientCases gradients{
    {"type: 'Scale' scale_param { bias_term: true filler { type: 'uniform' min: 0.5 } "
     "bias_filler { type: 'uniform' } }",
     {{-1, -1, -1}}},
    {"type: 'Scale' scale_param { axis: 0 num_axes: -1 }", {{-1, 2, -1}}},
    {"type: 'Scale' scale_param { num_axes: 0 bias_term: true }", {{-1, -1}}},
    {"type: 'Scale' scale_param { axis: 0 bias_term: true }", {{3, -1, 2, -1}, {3, -1}}, 2},
    {"type: 'Scale' scale_param { axis: -1 }", {{-1, 2, 3}, {3}}, 2},
    {"type: 'Scale'", {{-1, 2}, {}}, 2},
    {"type: 'Bias' bias_param { filler { type: 'uniform' } }", {{-1, -1, -1}}},
    {"type: 'Bias' bias_param { axis: 0 num_axes: 2 }", {{-1, 2, -1}}},
    {"type: 'Bias' bias_param { axis: 1 }", {{-1, 2, 3}, {2, 3}}, 2},
    {"type: 'PReLU'", {{-1, -1, -1}}},
    {"type: 'PReLU' prelu_param { channel_shared: true filler { value: -0.5 } }", {{-1, -1}}},
};

Values mapped(const std::string& text, const std::vector<Input>& inputs, const Values& param = {}) {
  Values out;
  on_every_backend([&](Kernels& kernels) {
    LayerRun run(text, inputs, {TRAIN, 1, false, &kernels});
    if (!param.empty()) set_values(run.param(0).data(), param);
    run.forward();
    if (!out.empty()) CHECK_CLOSE(run.out(), out);
    out = run.out();
  });
  return out;
}

TEST(scale_and_bias_cover_the_axes_they_are_told) {
  const Input x = {{2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}};
  CHECK_CLOSE(mapped("type: 'Scale'", {x}, {1, 10}), {1, 2, 30, 40, 5, 6, 70, 80});
  CHECK_CLOSE(mapped("type: 'Bias'", {x}, {1, 10}), {2, 3, 13, 14, 6, 7, 17, 18});
  CHECK_CLOSE(mapped("type: 'Scale' scale_param { axis: -1 }", {x}, {1, 10}),
              {1, 20, 3, 40, 5, 60, 7, 80});
  CHECK_CLOSE(mapped("type: 'Scale' scale_param { axis: 0 }", {x, {{2, 2}, {1, 2, 3, 4}}}),
              {1, 2, 6, 8, 15, 18, 28, 32});
  CHECK_CLOSE(mapped("type: 'Bias' bias_param { axis: 1 }", {x, {{}, {1}}}),
              {2, 3, 4, 5, 6, 7, 8, 9});
  CHECK_CLOSE(mapped("type: 'Scale' scale_param { num_axes: 0 filler { value: 2 } bias_term: true "
                     "bias_filler { value: 1 } }",
                     {x}),
              {3, 5, 7, 9, 11, 13, 15, 17});
}

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

TEST(scale_bias_and_prelu_in_place) {
  check_in_place("type: 'Scale' scale_param { bias_term: true filler { value: 3 } }",
                 {{{2, 3, 2}, {}}});
  check_in_place("type: 'Scale'", {{{2, 3, 2}, {}}, {{3}, {}}});
  check_in_place("type: 'Bias'", {{{2, 3, 2}, {}}});
  check_in_place("type: 'PReLU'", {{{2, 3, 2}, {}}});
  check_in_place("type: 'PReLU' prelu_param { filler { value: -2 } }", {{{2, 3, 2}, {}}});
}

TEST(scale_and_bias_refuse_what_does_not_fit) {
  CHECK_FAILS(Status::kShape, "\"label\" of shape 4 (4) does not fit bottom \"data\"",
              LayerRun("type: 'Scale'", {{{2, 3, 6}, {}}, {{4}, {}}}));
  CHECK_FAILS(Status::kShape, "does not fit",
              LayerRun("type: 'Bias'", {{{2, 3, 6}, {}}, {{3, 6, 1}, {}}}));
  CHECK_FAILS(Status::kShape, "scale_param.num_axes must be -1 (all), or 0 to 1",
              LayerRun("type: 'Scale' scale_param { num_axes: 2 }", {{{2, 3}, {}}}));
  CHECK_FAILS(Status::kShape, "bias_param.num_axes",
              LayerRun("type: 'Bias' bias_param { num_axes: -2 }", {{{2, 3}, {}}}));
  CHECK_FAILS(Status::kShape, "bias_param.axis",
              LayerRun("type: 'Bias' bias_param { axis: 2 }", {{{2, 3}, {}}}));
  LayerRun run("type: 'Scale'", {{{2, 3}, {}}});
  run.bottom(0).reshape({2, 4});
  CHECK_FAILS(Status::kShape, "the parameter of shape 3 (3)", run.forward());
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

}  // namespace
}  // namespace caffe::test
