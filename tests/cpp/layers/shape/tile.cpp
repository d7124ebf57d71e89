// Tile: copies along an axis, and the sum of their gradients.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

const GradientCases gradients{
    {"type: 'Tile' tile_param { tiles: 3 }", {{-1, -1, 2}}},
    {"type: 'Tile' tile_param { tiles: 2 axis: 0 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
