// layers/shape/padding.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string padding(const std::string& fields) {
  return "type: 'Padding' padding_param { " + fields + " }";
}

TEST(padding_by_hand) {
  LayerRun run(padding("pad_beg: 1"), {{{1, 1, 1, 2}, {3, 4}}});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({1, 1, 2, 3}));
  CHECK_CLOSE(run.out(), {0, 0, 0, 0, 3, 4});
  LayerRun less(padding("pad_end: -1"), {{{1, 1, 2, 2}, {1, 2, 3, 4}}});
  less.forward();
  CHECK_CLOSE(less.out(), {1});
}

TEST(padding_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "must both add rows and columns, or both take them off",
              LayerRun(padding("pad_beg: 1 pad_end: -1"), {{{1, 1, 4, 4}, {}}}));
  CHECK_FAILS(Status::kShape, "nothing is left of bottom \"data\"",
              LayerRun(padding("pad_beg: -2 pad_end: -2"), {{{1, 1, 4, 9}, {}}}));
  CHECK_FAILS(Status::kShape, "must have 4 axes", LayerRun(padding(""), {{{1, 4, 4}, {}}}));
}

const GradientCases gradients{
    {"type: 'Padding' padding_param { pad_beg: 1 pad_end: 2 }", {{-1, -1, -1, -1}}},
    {"type: 'Padding' padding_param { pad_beg: -1 pad_end: -1 }", {{-1, -1, 3, 4}}},
    {"type: 'Padding'", {{-1, -1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
