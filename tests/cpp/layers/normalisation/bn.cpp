// The three layers called BN: how they are told apart, and what they share.
#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/normalisation/bn_values.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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
    return LayerRun("type: 'BN' " + text, {kImages}, options).layer().blobs().size();
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
                LayerRun(str("type: 'BN' bn_param { ", text, " }"), {kImages}));
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
