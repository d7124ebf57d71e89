// Embed: rows of the weights by index, and indices that are none.
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

const std::string kEmbed =
    "type: 'Embed' embed_param { num_output: 2 input_dim: 3 weight_filler { type: 'uniform' } ";

TEST(embed_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(kEmbed + "}", {{{2, 2}, {2, 0, 2, 2}}}, {TRAIN, 1, false, &kernels});
    set_values(run.param(0).data(), {1, 2, 3, 4, 5, 6});
    set_values(run.param(1).data(), {10, 20});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({2, 2, 2}));
    CHECK_CLOSE(run.out(), {15, 26, 11, 22, 15, 26, 15, 26});
    run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8});
    run.backward({false});
    CHECK_CLOSE(run.param_diff(0), {3, 4, 0, 0, 13, 16});
    CHECK_CLOSE(run.param_diff(1), {16, 20});
  });
}

TEST(embed_takes_new_shapes_and_none) {
  LayerRun run(kEmbed + "}", {{{1}, {0}}});
  run.bottom(0).reshape({0, 4});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({0, 4, 2}));
  run.backward({false});
}

TEST(embed_rejects_what_makes_no_sense) {
  const auto made = [](float index) {
    LayerRun run(kEmbed + "}", {{{2}, {0, index}}});
    run.forward();
  };
  CHECK_FAILS(Status::kInvalidArgument,
              "bottom \"data\" holds 3 at index 1; what it points into has 3 rows", made(3));
  CHECK_FAILS(Status::kInvalidArgument, "holds -1 at index 1", made(-1));
  CHECK_FAILS(Status::kInvalidArgument, "holds nan at index 1", made(kNan));
  CHECK_FAILS(Status::kInvalidArgument, "input_dim must be given",
              LayerRun("type: 'Embed' embed_param { num_output: 2 }", {{{2}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "num_output must be given",
              LayerRun("type: 'Embed' embed_param { input_dim: 2 }", {{{2}, {}}}));
  LayerRun run(kEmbed + "}", {{{1}, {0}}});
  run.forward();
  CHECK_FAILS(Status::kUnsupported, "holds indices", run.backward());
}

const GradientCases gradients{
    {.text = kEmbed + "}", .shapes = {{4}}, .differentiable = 0, .given = {{0, {2, 0, 2, 1}}}},
    {.text = kEmbed + "bias_term: false }",
     .shapes = {{2, 2}},
     .differentiable = 0,
     .given = {{0, {1, 1, 0, 2}}}},
};

}  // namespace
}  // namespace caffe::test
