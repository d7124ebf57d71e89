// layers/base/elementwise.hpp, elementwise_functors.hpp and the layers made of them
#include <cmath>
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

struct Formula {
  const char* text;
  Values x, y, dx;  // dx for dy = 1
};

const float kE = std::exp(1.0f);

const Formula kFormulas[] = {
    {"type: 'AbsVal'", {-2, 0, 3}, {2, 0, 3}, {-1, 0, 1}},
    {"type: 'BNLL'", {-100, 0, 100}, {0, std::log(2.0f), 100}, {0, 0.5f, 1}},
    {"type: 'Clip' clip_param { min: -1 max: 1 }",
     {-2, -1, 0, 1, 2},
     {-1, -1, 0, 1, 1},
     {0, 1, 1, 1, 0}},
    {"type: 'Clip' clip_param { min: 1 max: -1 }", {-2, 0, 2}, {1, 1, 1}, {0, 0, 0}},
    {"type: 'Clip'", {-2, 0, 2}, {0, 0, 0}, {0, 1, 0}},
    {"type: 'ELU' elu_param { alpha: 2 }", {-1, 0, 3}, {2 / kE - 2, 0, 3}, {2 / kE, 2, 1}},
    {"type: 'ELU' elu_param { alpha: -2 }", {-1, 3}, {2 - 2 / kE, 3}, {-2 / kE, 1}},
    {"type: 'Exp'", {0, 1}, {1, kE}, {1, kE}},
    {"type: 'Exp' exp_param { base: 2 scale: 3 shift: 1 }",
     {0, 1},
     {2, 16},
     {2 * 2.0794415f, 16 * 2.0794415f}},
    {"type: 'Log'", {1, kE}, {0, 1}, {1, 1 / kE}},
    {"type: 'Log' log_param { base: 2 scale: 2 shift: 4 }",
     {2, 6},
     {3, 4},
     {0.36067376f, 0.18033688f}},
    {"type: 'Power' power_param { power: 2 scale: 3 shift: 1 }", {0, 1}, {1, 16}, {6, 24}},
    {"type: 'Power' power_param { power: 3 }", {0, -2}, {0, -8}, {0, 12}},
    {"type: 'Power' power_param { power: 0 }", {0, 5}, {1, 1}, {0, 0}},
    {"type: 'Power' power_param { scale: 0 shift: 3 power: 2 }", {0, 5}, {9, 9}, {0, 0}},
    {"type: 'Sigmoid'", {-1000, 0, 1000}, {0, 0.5f, 1}, {0, 0.25f, 0}},
    {"type: 'Swish' swish_param { beta: 2 }", {0, -1000, 1000}, {0, 0, 1000}, {0.5f, 0, 1}},
    {"type: 'TanH'", {0, 1000}, {0, 1}, {1, 0}},
};

TEST(elementwise_layers_by_hand_and_in_place) {
  for (const Formula& each : kFormulas) {
    const int64_t count = static_cast<int64_t>(each.x.size());
    const bool absval = std::string(each.text).find("AbsVal") != std::string::npos;
    for (const bool in_place : {false, true}) {
      if (in_place && absval) continue;
      on_every_backend([&](Kernels& kernels) {
        with_context([&] { return str(each.text, in_place ? " in place" : ""); },
                     [&] {
                       LayerRun run(each.text, {{{count}, each.x}}, {TRAIN, 1, in_place, &kernels});
                       run.forward();
                       CHECK_CLOSE(run.out(), each.y);
                       run.set_top_diff(0, Values(each.x.size(), 1));
                       run.backward();
                       CHECK_CLOSE(run.bottom_diff(), each.dx);
                     });
      });
    }
  }
}

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
  for (const Formula& each : kFormulas) {
    LayerRun scalar(each.text, {{Shape{}, {1}}});
    scalar.forward();
    CHECK_EQ(scalar.top(0).shape(), Shape{});
    LayerRun nothing(each.text, {{{0, 3}, {}}});
    nothing.forward();
    nothing.backward();
    CHECK_EQ(nothing.top(0).shape(), Shape({0, 3}));
  }
}

TEST(threshold_steps) {
  LayerRun run("type: 'Threshold' threshold_param { threshold: 1 }", {{{3}, {0, 1, 2}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 0, 1});
  CHECK_FAILS(Status::kUnsupported, "a layer of type Threshold has no gradient", run.backward());
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

const GradientCases gradients{
    {"type: 'ReLU'", {{-1, -1, -1}}},
    {"type: 'ReLU' relu_param { negative_slope: 0.3 }", {{-1, -1}}},
    {"type: 'AbsVal'", {{-1, -1}}},
    {"type: 'BNLL'", {{-1, -1}}},
    {"type: 'Clip' clip_param { min: -0.05 max: 0.05 }", {{-1, -1}}},
    {"type: 'ELU' elu_param { alpha: 0.5 }", {{-1, -1}}},
    {"type: 'Exp' exp_param { base: 2 scale: 0.5 shift: 1 }", {{-1, -1}}},
    {"type: 'Log' log_param { base: 3 scale: 2 shift: 9 }", {{-1, -1}}},
    {"type: 'Power' power_param { power: 2.5 scale: 0.5 shift: 3 }", {{-1, -1}}},
    {"type: 'Sigmoid'", {{-1, -1}}},
    {"type: 'Swish' swish_param { beta: 1.5 }", {{-1, -1}}},
    {"type: 'TanH'", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
