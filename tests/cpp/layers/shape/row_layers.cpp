// layers/arithmetic/embed.cpp, layers/shape/batch_reindex.cpp, layers/shape/filter.cpp, layers/base/rows.cpp, layers/shape/tile.cpp,
// layers/data/parameter.cpp
#include <limits>

#include "core/threads.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "layers/base/rows.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();
const std::string kEmbed =
    "type: 'Embed' embed_param { num_output: 2 input_dim: 3 weight_filler { type: 'uniform' } ";

const GradientCases gradients{
    {.text = kEmbed + "}", .shapes = {{4}}, .differentiable = 0, .given = {{0, {2, 0, 2, 1}}}},
    {.text = kEmbed + "bias_term: false }",
     .shapes = {{2, 2}},
     .differentiable = 0,
     .given = {{0, {1, 1, 0, 2}}}},
    {.text = "type: 'BatchReindex'", .shapes = {{3, -1, 2}, {4}}, .given = {{1, {2, 0, 2, 2}}}},
    {.text = "type: 'Filter'",
     .shapes = {{3, 2}, {3, -1, 2}, {3}},
     .differentiable = 2,
     .tops = 2,
     .given = {{2, {1, 0, -3}}}},
    {"type: 'Tile' tile_param { tiles: 3 }", {{-1, -1, 2}}},
    {"type: 'Tile' tile_param { tiles: 2 axis: 0 }", {{-1, -1}}},
    {.text = "type: 'Parameter' parameter_param { shape { dim: 2 dim: 3 } }",
     .shapes = {},
     .differentiable = 0},
};

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

TEST(batch_reindex_by_hand) {
  LayerRun run("type: 'BatchReindex'", {{{3, 2}, {1, 2, 3, 4, 5, 6}}, {{4}, {2, 0, 2, 2}}});
  run.forward();
  CHECK_CLOSE(run.out(), {5, 6, 1, 2, 5, 6, 5, 6});
  run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {3, 4, 0, 0, 13, 16});
  run.bottom(1).reshape({1});
  run.set_bottom(1, {1});
  run.forward();
  CHECK_CLOSE(run.out(), {3, 4});
}

TEST(batch_reindex_rejects_what_does_not_fit) {
  const auto made = [](const Input& indices, const Shape& items = {2, 3}) {
    LayerRun run("type: 'BatchReindex'", {{items, {}}, indices});
    run.forward();
    return run;
  };
  CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\" holds 2 at index 1; what it points into",
              made({{2}, {0, 2}}));
  CHECK_FAILS(Status::kInvalidArgument, "holds -1", made({{1}, {-1}}));
  CHECK_FAILS(Status::kShape, "must have one axis", made({{1, 1}, {0}}));
  CHECK_FAILS(Status::kInvalidArgument, "has 0 rows", made({{1}, {0}}, {0, 3}));
  CHECK_FAILS(Status::kUnsupported, "holds indices", made({{1}, {0}}).backward());
}

TEST(filter_by_hand) {
  LayerRun run("type: 'Filter'",
               {{{3, 2}, {1, 2, 3, 4, 5, 6}}, {{3}, {7, 8, 9}}, {{3, 1, 1, 1}, {1, 0, -0.5f}}},
               {TRAIN, 2});
  CHECK_EQ(run.top(0).shape(), Shape({3, 2}));
  run.forward();
  CHECK_CLOSE(run.out(0), {1, 2, 5, 6});
  CHECK_CLOSE(run.out(1), {7, 9});
  run.set_top_diff(0, {1, 2, 3, 4});
  run.backward({true, false, false});
  CHECK_CLOSE(run.bottom_diff(0), {1, 2, 0, 0, 3, 4});
}

TEST(filter_that_picks_none) {
  LayerRun run("type: 'Filter'", {{{2, 2}, {1, 2, 3, 4}}, {{2}, {0, 0}}});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({0, 2}));
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(0), {0, 0, 0, 0});
  run.set_bottom(1, {0, 1});
  run.forward();
  CHECK_CLOSE(run.out(), {3, 4});
}

TEST(filter_rejects_what_does_not_fit) {
  const auto made = [](const std::vector<Input>& inputs, size_t tops = 1) {
    LayerRun run("type: 'Filter'", inputs, {TRAIN, tops});
    run.forward();
    return run;
  };
  CHECK_FAILS(Status::kShape, "must have 3 items, as many as the selector",
              made({{{2, 2}, {}}, {{3}, {}}}));
  CHECK_FAILS(Status::kShape, "must hold one value for each item",
              made({{{2, 2}, {}}, {{2, 2}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "wanted is one top for each bottom but the last",
              made({{{2, 2}, {}}, {{2}, {}}}, 2));
  CHECK_FAILS(Status::kUnsupported, "is the selector",
              made({{{2, 2}, {}}, {{2}, {1, 1}}}).backward());
}

TEST(add_rows_is_the_same_for_any_number_of_threads) {
  const int64_t rows = 300, width = 257;
  const Values from = distinct_values(rows * width, 3);
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < rows; ++i) indices.push_back(i * i % 7);
  const auto sums = [&](int threads) {
    set_num_threads(threads);
    Values to(static_cast<size_t>(7 * width));
    add_rows(from.data(), indices, width, to.data());
    return to;
  };
  const int threads = num_threads();
  const Values one = sums(1);
  CHECK(sums(3) == one);
  set_num_threads(threads);
}

TEST(tile_by_hand) {
  LayerRun run("type: 'Tile' tile_param { tiles: 2 }", {{{2, 1, 2}, {1, 2, 3, 4}}});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({2, 2, 2}));
  CHECK_CLOSE(run.out(), {1, 2, 1, 2, 3, 4, 3, 4});
  run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {4, 6, 12, 14});
  run.bottom(0).reshape({0, 3});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({0, 6}));
}

TEST(tile_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& fields, bool in_place = false) {
    LayerRun("type: 'Tile' tile_param { " + fields + " }", {{{2, 3}, {}}}, {TRAIN, 1, in_place});
  };
  CHECK_FAILS(Status::kInvalidArgument, "tiles must be given, at least 1, not 0", made(""));
  CHECK_FAILS(Status::kInvalidArgument, "at least 1, not -2", made("tiles: -2"));
  CHECK_FAILS(Status::kShape, "tile_param.axis does not fit", made("tiles: 2 axis: 2"));
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place", made("tiles: 2", true));
}

TEST(parameter_adds_to_its_gradient) {
  LayerRun run("type: 'Parameter' parameter_param { shape { dim: 2 } }", {});
  set_values(run.param(0).data(), {3, 4});
  run.forward();
  CHECK_CLOSE(run.out(), {3, 4});
  set_values(run.top(0).data(), {0, 0});
  CHECK_CLOSE(values_of(run.param(0).data()), {3, 4});
  run.set_top_diff(0, {1, 2});
  run.backward();
  CHECK_CLOSE(run.param_diff(0), {1, 2});
  run.layer().backward({&run.top(0)}, {}, {});
  CHECK_CLOSE(run.param_diff(0), {2, 4});
}

}  // namespace
}  // namespace caffe::test
