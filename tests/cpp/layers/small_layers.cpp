// layers/data/input.cpp, inner_product.cpp, relu.cpp, softmax.cpp, dropout.cpp, split.cpp, silence.cpp
#include "core/threads.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(input_shapes_its_tops) {
  LayerRun one("type: 'Input' input_param { shape { dim: 2 dim: 3 } }", {}, {TEST, 2});
  CHECK_EQ(one.top(0).shape(), Shape({2, 3}));
  CHECK_EQ(one.top(1).shape(), Shape({2, 3}));
  one.top(0).reshape({5});
  one.forward();
  CHECK_EQ(one.top(0).shape(), Shape({5}));
  LayerRun each("type: 'Input' input_param { shape { dim: 2 } shape {} }", {}, {TEST, 2});
  CHECK_EQ(each.top(0).shape(), Shape({2}));
  CHECK_EQ(each.top(1).shape(), Shape{});
  CHECK_EQ(LayerRun("type: 'Input'", {}).top(0).count(), int64_t{0});
}

TEST(input_rejects_shapes_that_do_not_fit) {
  CHECK_FAILS(
      Status::kInvalidArgument, "shape is given 2 times; it is wanted once, once for each of the 3",
      LayerRun("type: 'Input' input_param { shape { dim: 1 } shape { dim: 2 } }", {}, {TEST, 3}));
  CHECK_FAILS(Status::kShape, "not -2",
              LayerRun("type: 'Input' input_param { shape { dim: -2 } }", {}));
  CHECK_FAILS(
      Status::kShape, "does not fit 64 bits",
      LayerRun("type: 'Input' input_param { shape { dim: 9999999999 dim: 9999999999 } }", {}));
}

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

TEST(relu_keeps_a_slope_below_zero) {
  on_every_backend([](Kernels& kernels) {
    for (const bool in_place : {false, true}) {
      LayerRun run("type: 'ReLU' relu_param { negative_slope: 0.25 }", {{{4}, {-4, -0.0f, 2, 4}}},
                   {TRAIN, 1, in_place, &kernels});
      run.forward();
      CHECK_CLOSE(run.out(), {-1, 0, 2, 4});
      run.set_top_diff(0, {1, 1, 1, 1});
      run.backward();
      CHECK_CLOSE(run.bottom_diff(), {0.25f, 0.25f, 1, 1});
    }
  });
}

TEST(relu_in_place_knows_the_sign_that_a_negative_slope_turned) {
  LayerRun run("type: 'ReLU' relu_param { negative_slope: -0.5 }", {{{2}, {-4, 2}}},
               {TRAIN, 1, true});
  run.forward();
  CHECK_CLOSE(run.out(), {2, 2});
  run.set_top_diff(0, {1, 1});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {-0.5f, 1});
}

TEST(relu_of_a_scalar_and_of_nothing) {
  LayerRun scalar("type: 'ReLU'", {{Shape{}, {-1}}});
  scalar.forward();
  CHECK_CLOSE(scalar.out(), {0});
  LayerRun nothing("type: 'ReLU'", {{{0, 3}, {}}});
  nothing.forward();
  nothing.backward();
  CHECK_EQ(nothing.top(0).shape(), Shape({0, 3}));
}

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

constexpr int64_t kMany = 100001;  // not a multiple of four

TEST(dropout_drops_a_share_and_scales_the_rest) {
  on_every_backend([](Kernels& kernels) {
    for (const bool in_place : {false, true}) {
      LayerRun run("type: 'Dropout' dropout_param { dropout_ratio: 0.2 }",
                   {{{kMany}, Values(kMany, 1)}}, {TRAIN, 1, in_place, &kernels});
      run.forward(3);
      int64_t dropped = 0;
      for (float value : run.out()) {
        if (value != 0) CHECK_NEAR(value, 1.25, 1e-6, 0);
        dropped += value == 0;
      }
      CHECK_NEAR(static_cast<double>(dropped) / kMany, 0.2, 0, 0.01);
      const Values out = run.out();
      run.set_top_diff(0, Values(kMany, 1));
      run.backward();
      CHECK(run.bottom_diff() == out);
    }
  });
}

Values dropout_mask(int64_t pass, uint64_t seed, int threads) {
  const int before = num_threads();
  set_num_threads(threads);
  LayerRun run("type: 'Dropout'", {{{kMany}, Values(kMany, 1)}}, {TRAIN, 1, false, nullptr, seed});
  run.forward(pass);
  set_num_threads(before);
  return run.out();
}

TEST(dropout_is_a_function_of_seed_and_pass_alone) {
  const Values mask = dropout_mask(5, 1, 1);
  CHECK(mask == dropout_mask(5, 1, 3));
  CHECK(mask != dropout_mask(6, 1, 1));
  CHECK(mask != dropout_mask(5, 2, 1));
}

TEST(dropout_in_phase_test) {
  const auto out = [](const std::string& fields, bool in_place) {
    LayerRun run("type: 'Dropout' dropout_param { " + fields + " }", {{{3}, {1, 2, 4}}},
                 {TEST, 1, in_place});
    run.forward();
    const Values values = run.out();
    run.set_top_diff(0, {1, 2, 4});
    run.backward();
    CHECK(run.bottom_diff() == values);
    return values;
  };
  for (const bool in_place : {false, true}) {
    CHECK_CLOSE(out("dropout_ratio: 0.3", in_place), {1, 2, 4});
    CHECK_CLOSE(out("dropout_ratio: 0.25 scale_train: false", in_place), {0.75f, 1.5f, 3});
  }
  LayerRun sampling("type: 'Dropout' dropout_param { sample_weights_test: true }",
                    {{{kMany}, Values(kMany, 1)}}, {TEST});
  sampling.forward();
  CHECK(sampling.out() != Values(kMany, 1));
}

TEST(dropout_without_scaling_in_training) {
  LayerRun run("type: 'Dropout' dropout_param { scale_train: false }",
               {{{kMany}, Values(kMany, 1)}});
  run.forward();
  for (float value : run.out()) CHECK(value == 0 || value == 1);
}

TEST(dropout_rejects_ratios_that_are_none) {
  for (const char* ratio : {"1", "-0.1", "nan", "1.5"}) {
    CHECK_FAILS(
        Status::kInvalidArgument, "dropout_ratio must be at least 0 and less than 1",
        LayerRun(str("type: 'Dropout' dropout_param { dropout_ratio: ", ratio, " }"), {{{2}, {}}}));
  }
}

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

TEST(silence_gives_zeros_where_a_gradient_is_wanted) {
  LayerRun run("type: 'Silence'", {{{2}, {}}, {{2}, {}}}, {TRAIN, 0});
  run.forward();
  set_values(run.bottom(0).diff(), {7, 7});
  set_values(run.bottom(1).diff(), {7, 7});
  run.backward({false, true});
  CHECK_CLOSE(run.bottom_diff(0), {7, 7});
  CHECK_CLOSE(run.bottom_diff(1), {0, 0});
}

TEST(layers_of_unknown_types_are_errors) {
  CHECK_FAILS(Status::kNotFound,
              "unknown layer type \"Convolutoin\"; did you mean \"Convolution\"?",
              LayerRun("type: 'Convolutoin'", {{{2}, {}}}));
}

const GradientCases gradients{
    {"type: 'Softmax'", {{-1, 4, -1}}},
    {"type: 'Softmax' softmax_param { axis: -1 }", {{-1, -1, 3}}},
    {"type: 'Split'", {{-1, -1}}, 1, 0, TRAIN, 2},
    {"type: 'Dropout'", {{-1, 3, -1}}},
    {"type: 'Dropout' dropout_param { scale_train: false }", {{-1, 3}}, 1, 0, TEST},
    {"type: 'InnerProduct' inner_product_param { num_output: 3 weight_filler { type: 'xavier' } }",
     {{-1, -1, -1}}},
    {"type: 'InnerProduct' inner_product_param { num_output: 2 axis: 2 transpose: true "
     "weight_filler { type: 'xavier' } bias_term: false }",
     {{-1, -1, -1, 2}}},
};

}  // namespace
}  // namespace caffe::test
