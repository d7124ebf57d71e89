// InnerProduct: products by hand, the axes that are taken together, new batches.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(inner_product_by_hand) {
  on_every_backend([](Kernels& kernels) {
    for (const bool transpose : {false, true}) {
      LayerRun run(str("type: 'InnerProduct' inner_product_param { num_output: 2 transpose: ",
                       transpose ? "true" : "false", " bias_filler { value: 1 } }"),
                   {{{1, 3, 1, 1}, {1, 2, 3}}}, {TRAIN, 1, false, &kernels});
      set_values(run.param(0).data(),
                 transpose ? Values{1, 0, 0, 1, -1, 2} : Values{1, 0, -1, 0, 1, 2});
      CHECK_EQ(run.param(0).shape(), transpose ? Shape({3, 2}) : Shape({2, 3}));
      run.forward();
      CHECK_EQ(run.top(0).shape(), Shape({1, 2}));
      CHECK_CLOSE(run.out(), {-1, 9});
      run.set_top_diff(0, {1, 10});
      run.backward();
      CHECK_CLOSE(run.bottom_diff(), {1, 10, 19});
      CHECK_CLOSE(run.param_diff(0),
                  transpose ? Values{1, 10, 2, 20, 3, 30} : Values{1, 2, 3, 10, 20, 30});
      CHECK_CLOSE(run.param_diff(1), {1, 10});
    }
  });
}

TEST(inner_product_takes_axes_together) {
  const std::string text = "type: 'InnerProduct' inner_product_param { num_output: 4 axis: ";
  CHECK_EQ(LayerRun(text + "2 }", {{{2, 3, 4, 5}, {}}}).top(0).shape(), Shape({2, 3, 4}));
  CHECK_EQ(LayerRun(text + "-1 }", {{{2, 3, 4, 5}, {}}}).top(0).shape(), Shape({2, 3, 4, 4}));
  CHECK_EQ(LayerRun(text + "0 }", {{{2, 3}, {}}}).top(0).shape(), Shape({4}));
}

TEST(inner_product_follows_new_batches_only) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(
        "type: 'InnerProduct' inner_product_param { num_output: 1 weight_filler { value: 1 } }",
        {{{1, 2}, {1, 2}}}, {TEST, 1, false, &kernels});
    run.forward();
    run.bottom(0).reshape({3, 2});
    run.set_bottom(0, {1, 2, 3, 4, 5, 6});
    run.forward();
    CHECK_CLOSE(run.out(), {3, 7, 11});
    run.bottom(0).reshape({0, 2});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({0, 1}));
    run.bottom(0).reshape({2, 7});
    CHECK_FAILS(
        Status::kShape,
        "bottom \"data\" of shape 2 7 (14) has 7 inputs from axis 1 on, the weights are for 2",
        run.forward());
  });
}

TEST(inner_product_rejects_what_makes_no_sense) {
  CHECK_FAILS(Status::kInvalidArgument, "num_output must be given",
              LayerRun("type: 'InnerProduct'", {{{2, 5}, {}}}));
  CHECK_FAILS(Status::kShape, "inner_product_param.axis does not fit bottom \"data\": axis 4",
              LayerRun("type: 'InnerProduct' inner_product_param { num_output: 3 axis: 4 }",
                       {{{2, 5}, {}}}));
  CHECK_FAILS(Status::kNotFound, "unknown filler type \"xaver\"; did you mean \"xavier\"?",
              LayerRun("type: 'InnerProduct' inner_product_param { num_output: 2 weight_filler { "
                       "type: 'xaver' } }",
                       {{{2, 5}, {}}}));
}

const GradientCases gradients{
    {"type: 'InnerProduct' inner_product_param { num_output: 3 weight_filler { type: 'xavier' } }",
     {{-1, -1, -1}}},
    {"type: 'InnerProduct' inner_product_param { num_output: 2 axis: 2 transpose: true "
     "weight_filler { type: 'xavier' } bias_term: false }",
     {{-1, -1, -1, 2}}},
};

}  // namespace
}  // namespace caffe::test
