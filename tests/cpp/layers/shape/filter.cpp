// Filter: the items that a selector lets through.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

const GradientCases gradients{
    {.text = "type: 'Filter'",
     .shapes = {{3, 2}, {3, -1, 2}, {3}},
     .differentiable = 2,
     .tops = 2,
     .given = {{2, {1, 0, -3}}}},
};

}  // namespace
}  // namespace caffe::test
