// Concat: bottoms without gradient, empty ones, and those that do not fit.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(concat_passes_over_bottoms_without_gradient) {
  LayerRun run("type: 'Concat'", {{{1, 1}, {}}, {{1, 2}, {}}});
  run.forward();
  set_values(run.bottom(0).diff(), {9});
  run.set_top_diff(0, {1, 2, 3});
  run.backward({false, true});
  CHECK_CLOSE(run.bottom_diff(0), {9});
  CHECK_CLOSE(run.bottom_diff(1), {2, 3});
}

TEST(concat_takes_empty_blobs) {
  LayerRun run("type: 'Concat' concat_param { axis: 0 }", {{{0, 2}, {}}, {{1, 2}, {1, 2}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 2});
}

TEST(concat_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kShape, "bottom \"label\" of shape 2 2 3 3 (36) does not fit bottom \"data\"",
              LayerRun("type: 'Concat'", {{{2, 3, 6, 6}, {}}, {{2, 2, 3, 3}, {}}}));
  CHECK_FAILS(Status::kShape, "does not fit",
              LayerRun("type: 'Concat'", {{{2, 3, 6, 6}, {}}, {{2, 5}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "both axis and concat_dim",
              LayerRun("type: 'Concat' concat_param { axis: 1 concat_dim: 1 }",
                       {{{2, 5}, {}}, {{2, 5}, {}}}));
}

const GradientCases gradients{
    {"type: 'Concat'", {{2, -1, 3}, {2, 2, 3}}, 2},
};

}  // namespace
}  // namespace caffe::test
