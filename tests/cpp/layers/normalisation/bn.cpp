// layers/normalisation/bn_segnet.cpp, bn_pspnet.cpp and bn_fcn.cpp
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const std::string kFilled =
    "scale_filler { type: 'uniform' min: 0.5 max: 1.5 } shift_filler { type: 'uniform' }";

const GradientCases gradients{
    {"type: 'BN' bn_param { bn_mode: LEARN " + kFilled + " }", {{8, -1, 3}}},
    {"type: 'BN' bn_param { bn_mode: INFERENCE " + kFilled + " }", {{-1, -1, -1}}},
    {"type: 'BN' bn_param { eps: 0.1 slope_filler { type: 'uniform' } }",
     {{6, -1, 2}},
     1,
     0,
     TRAIN,
     1,
     {},
     {2, 3}},
    {"type: 'BN' bn_param { frozen: true slope_filler { value: 2 } }",
     {{-1, -1, 2}},
     1,
     0,
     TRAIN,
     1,
     {},
     {0, 1, 2, 3}},
    {"type: 'BN' bn_param { var_eps: 0.1 " + kFilled + " }", {{6, -1, 2}}},
    {"type: 'BN' bn_param { across_spatial: false var_eps: 0.3 " + kFilled + " }", {{6, -1, 2}}},
};

const Input kInput = {{2, 2, 2}, {1, 3, 10, 10, 5, 7, 10, 30}};
const float kA = std::sqrt(5.0f), kB = std::sqrt(75.0f);  // the channels' deviations

TEST(bn_of_segnet) {
  on_every_backend([](Kernels& kernels) {
    for (const Phase phase : {TRAIN, TEST}) {
      LayerRun learn("type: 'BN' bn_param { scale_filler { value: 2 } shift_filler { value: 1 } }",
                     {kInput}, {phase, 3, false, &kernels});
      learn.forward();
      CHECK_EQ(learn.param(0).shape(), (Shape{1, 2, 1, 1}));
      CHECK_CLOSE(learn.out(), {1 - 6 / kA, 1 - 2 / kA, 1 - 10 / kB, 1 - 10 / kB, 1 + 2 / kA,
                                1 + 6 / kA, 1 - 10 / kB, 1 + 30 / kB});
      CHECK_EQ(learn.top(2).shape(), (Shape{1, 2, 1, 1}));
      CHECK_CLOSE(learn.out(1), {4, 15});
      CHECK_CLOSE(learn.out(2), {5, 75});
    }
    LayerRun infer("type: 'BN' bn_param { bn_mode: INFERENCE }", {kInput},
                   {TRAIN, 1, false, &kernels});
    set_values(infer.param(0).data(), {2, -1});
    set_values(infer.param(1).data(), {1, 3});
    infer.forward();
    CHECK_CLOSE(infer.out(), {3, 7, -7, -7, 11, 15, -7, -27});
  });
  CHECK_FAILS(Status::kInvalidArgument, "top(s)",
              LayerRun("type: 'BN' bn_param { bn_mode: INFERENCE }", {kInput}, {TEST, 2}));
}

TEST(bn_of_segnet_of_equal_values_is_the_shift) {
  LayerRun run("type: 'BN' bn_param { shift_filler { value: 3 } scale_filler { value: 1 } }",
               {{{2, 1, 2}, {0.1f, 0.1f, 0.1f, 0.1f}}});
  run.forward();
  CHECK_CLOSE(run.out(), {3, 3, 3, 3});
}

TEST(bn_of_pspnet) {
  on_every_backend([](Kernels& kernels) {
    const std::string text =
        "type: 'BN' bn_param { eps: 0 slope_filler { value: 1 } momentum: 0.75 }";
    LayerRun train(text, {kInput}, {TRAIN, 1, false, &kernels});
    train.forward();
    CHECK_CLOSE(train.out(),
                {-3 / kA, -1 / kA, -5 / kB, -5 / kB, 1 / kA, 3 / kA, -5 / kB, 15 / kB});
    CHECK_CLOSE(values_of(train.param(2).data()), {1, 3.75f});
    CHECK_CLOSE(values_of(train.param(3).data()), {1.25f, 18.75f});
    CHECK(train.layer().learns(1));
    CHECK(!train.layer().learns(2));

    LayerRun test(text, {kInput}, {TEST, 1, false, &kernels});
    set_values(test.param(2).data(), {1, 10});
    set_values(test.param(3).data(), {4, 25});
    test.forward();
    CHECK_CLOSE(test.out(), {0, 1, 0, 0, 2, 3, 0, 4});
    CHECK_CLOSE(values_of(test.param(2).data()), {1, 10});
  });
  LayerRun frozen("type: 'BN' bn_param { eps: 0 frozen: true slope_filler { value: 3 } }",
                  {kInput});
  frozen.forward();
  CHECK_CLOSE(frozen.out(), {3, 9, 30, 30, 15, 21, 30, 90});
  for (size_t i = 0; i < 4; ++i) CHECK(!frozen.layer().learns(i));
}

TEST(bn_of_fcn) {
  on_every_backend([](Kernels& kernels) {
    LayerRun places("type: 'BN' bn_param { across_spatial: false scale_filler { value: 1 } }",
                    {{{2, 2, 2}, {1, 3, 10, 10, 5, 7, 20, 30}}}, {TRAIN, 1, false, &kernels});
    places.forward();
    CHECK_EQ(places.param(0).shape(), (Shape{1, 2, 2, 1}));
    CHECK_CLOSE(places.out(), {-1, -1, -1, -1, 1, 1, 1, 1});
    LayerRun test(
        "type: 'BN' bn_param { moving_average: true var_eps: 0.25 "
        "scale_filler { value: 1 } shift_filler { value: 1 } }",
        {kInput}, {TEST, 1, false, &kernels});
    test.forward();
    CHECK_CLOSE(test.out(), {3, 7, 21, 21, 11, 15, 21, 61});
  });
}

TEST(bn_in_place) {
  const Input x = {{3, 2, 4}, {}};
  for (const Phase phase : {TRAIN, TEST}) {
    check_in_place("type: 'BN' bn_param { scale_filler { value: 2 } }", {x}, phase);
    check_in_place("type: 'BN' bn_param { bn_mode: INFERENCE scale_filler { value: 2 } }", {x},
                   phase);
    check_in_place("type: 'BN' bn_param { slope_filler { value: 2 } eps: 0.1 }", {x}, phase);
    check_in_place("type: 'BN' bn_param { var_eps: 0.1 scale_filler { value: 2 } }", {x}, phase);
  }
}

// The fields tell whose layer it is, else the dialect.
TEST(bn_is_told_apart_by_its_fields) {
  const auto parameters = [](const std::string& text, const std::string& dialect) {
    RunOptions options;
    options.dialect = dialect;
    return LayerRun("type: 'BN' " + text, {kInput}, options).layer().blobs().size();
  };
  CHECK_EQ(parameters("", ""), size_t{2});
  CHECK_EQ(parameters("", "pspnet"), size_t{4});
  CHECK_EQ(parameters("bn_param { frozen: true }", ""), size_t{4});
  CHECK_EQ(parameters("param {} param {} param {} param {}", ""), size_t{4});
  CHECK_EQ(parameters("bn_param { bn_mode: INFERENCE }", "pspnet"), size_t{2});
  CHECK_EQ(parameters("bn_param { var_eps: 1e-5 }", "pspnet"), size_t{2});
}

TEST(bn_refuses_the_fields_of_another_meaning) {
  for (const char* text : {"bn_mode: LEARN momentum: 0.9", "var_eps: 0.1 eps: 0.1",
                           "slope_filler { value: 2 } scale_filler { value: 2 }"}) {
    CHECK_FAILS(Status::kUnsupported, " is not supported",
                LayerRun(str("type: 'BN' bn_param { ", text, " }"), {kInput}));
  }
}

TEST(bn_of_nothing_and_of_what_does_not_fit) {
  for (const char* dialect : {"segnet", "pspnet", "fcn"}) {
    RunOptions options;
    options.dialect = dialect;
    LayerRun none("type: 'BN'", {{{0, 2, 3}, {}}}, options);
    none.forward();
    none.backward();
    CHECK_EQ(none.top(0).shape(), (Shape{0, 2, 3}));
    none.bottom(0).reshape({1, 3, 3});
    CHECK_FAILS(Status::kShape, "does not fit the parameters", none.forward());
    CHECK_FAILS(Status::kShape, "at least 2 axes", LayerRun("type: 'BN'", {{{3}, {}}}, options));
  }
}

}  // namespace
}  // namespace caffe::test
