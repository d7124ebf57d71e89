// layers/shape/reorg.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string reorg(const std::string& fields) {
  return "type: 'Reorg' reorg_param { " + fields + " }";
}

TEST(reorg_turned_round_is_itself_again) {
  LayerRun run(reorg("stride: 2"), {{{2, 8, 4, 2}, {}}});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({2, 32, 2, 1}));
  // What the reverse makes of the same values, read as channels, in the order of the bottom.
  LayerRun back(reorg("stride: 2 reverse: true"), {{{2, 8, 4, 2}, run.out()}});
  back.forward();
  CHECK_EQ(back.top(0).shape(), Shape({2, 2, 8, 4}));
  CHECK(back.out() == values_of(run.bottom(0).data()));
}

TEST(reorg_by_hand) {
  LayerRun run(reorg("stride: 2 reverse: true"), {{{1, 4, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 3, 2, 4, 5, 7, 6, 8});
}

TEST(reorg_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "stride must be given",
              LayerRun(reorg(""), {{{1, 4, 2, 2}, {}}}));
  CHECK_FAILS(Status::kShape, "channels must be a multiple of 4",
              LayerRun(reorg("stride: 2"), {{{1, 3, 2, 2}, {}}}));
  CHECK_FAILS(Status::kShape, "its rows and columns multiples of 2",
              LayerRun(reorg("stride: 2"), {{{1, 4, 2, 3}, {}}}));
  CHECK_FAILS(Status::kShape, "must have 4 axes", LayerRun(reorg("stride: 1"), {{{1, 4, 2}, {}}}));
}

const GradientCases gradients{
    {"type: 'Reorg' reorg_param { stride: 2 }", {{-1, 4, 2, 4}}},
    {"type: 'Reorg' reorg_param { stride: 2 reverse: true }", {{-1, 8, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
