// The layers that are one function of each value: of NaN, of scalars and of nothing.
#include <cmath>
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const char* const kLayers[] = {
    "type: 'AbsVal'",
    "type: 'BNLL'",
    "type: 'Clip' clip_param { min: -1 max: 1 }",
    "type: 'ELU' elu_param { alpha: 2 }",
    "type: 'Exp' exp_param { base: 2 scale: 3 shift: 1 }",
    "type: 'Log' log_param { base: 2 scale: 2 shift: 4 }",
    "type: 'Power' power_param { power: 2 scale: 3 shift: 1 }",
    "type: 'Sigmoid'",
    "type: 'Swish' swish_param { beta: 2 }",
    "type: 'TanH'",
    "type: 'Exp'",
    "type: 'Log'",
    "type: 'Power' power_param { power: 0 }",
    "type: 'Power' power_param { scale: 0 shift: 3 power: 2 }",
    "type: 'Clip'",
    "type: 'Clip' clip_param { min: 1 max: -1 }",
    "type: 'ELU' elu_param { alpha: -2 }",
    "type: 'Power' power_param { power: 3 }",
};

TEST(elementwise_layers_keep_what_is_no_number) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const char* type :
       {"AbsVal", "BNLL", "ELU", "Exp", "Log", "Power", "Sigmoid", "Swish", "TanH", "ReLU"}) {
    on_every_backend([&](Kernels& kernels) {
      LayerRun run(str("type: '", type, "'"), {{{1}, {nan}}}, {TEST, 1, false, &kernels});
      run.forward();
      if (!std::isnan(run.out()[0]))
        failed(__FILE__, __LINE__, str(type, " makes ", run.out()[0], " of NaN"));
    });
  }
}

TEST(elementwise_layers_of_scalars_and_of_nothing) {
  for (const char* text : kLayers) {
    LayerRun scalar(text, {{Shape{}, {1}}});
    scalar.forward();
    CHECK_EQ(scalar.top(0).shape(), Shape{});
    LayerRun nothing(text, {{{0, 3}, {}}});
    nothing.forward();
    nothing.backward();
    CHECK_EQ(nothing.top(0).shape(), Shape({0, 3}));
  }
}

TEST(elementwise_layers_reject_what_makes_no_sense) {
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place: bottom \"data\" is one of its tops",
              LayerRun("type: 'AbsVal'", {{{2}, {}}}, {TRAIN, 1, true}));
  CHECK_FAILS(Status::kInvalidArgument,
              "exp_param.base must be greater than 0, or -1 for e, not -2",
              LayerRun("type: 'Exp' exp_param { base: -2 }", {{{2}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "log_param.base must be greater than 0 and not 1",
              LayerRun("type: 'Log' log_param { base: 1 }", {{{2}, {}}}));
}

}  // namespace
}  // namespace caffe::test
