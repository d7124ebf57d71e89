// BatchReindex: items by index, twice or never.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

const GradientCases gradients{
    {.text = "type: 'BatchReindex'", .shapes = {{3, -1, 2}, {4}}, .given = {{1, {2, 0, 2, 2}}}},
};

}  // namespace
}  // namespace caffe::test
