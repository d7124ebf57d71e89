// What Scale and Bias (and PReLU) cover of their bottom.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

}  // namespace
}  // namespace caffe::test
