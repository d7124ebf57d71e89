// layers/shape/crop_center.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string crop(const std::string& fields) {
  return "type: 'CropCenter' crop_center_param { " + fields + " }";
}

TEST(crop_center_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(crop("crop_size: 0 crop_size: 0 crop_size: 1 crop_size: 0"),
                 {{{1, 1, 3, 2}, {1, 2, 3, 4, 5, 6}}}, {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({1, 1, 1, 2}));
    CHECK_CLOSE(run.out(), {3, 4});
    run.set_top_diff(0, {7, 8});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {0, 0, 7, 8, 0, 0});
  });
}

TEST(crop_center_of_the_last_axes_and_new_shapes) {
  LayerRun run(crop("crop_size: 1 crop_size: 2"), {{{2, 3, 4, 9}, {}}});
  CHECK_EQ(run.top(0).shape(), Shape({2, 3, 2, 5}));
  run.bottom(0).reshape({7, 3, 5});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({7, 1, 1}));
  CHECK_EQ(LayerRun(crop("crop_size: 0"), {{{0, 2}, {}}}).top(0).shape(), Shape({0, 2}));
}

TEST(crop_center_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "crop_center_param.crop_size must be given",
              LayerRun(crop(""), {{{1, 1, 4, 4}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "is given 3 times, bottom \"data\" has 2 axes",
              LayerRun(crop("crop_size: 0 crop_size: 0 crop_size: 1"), {{{4, 4}, {}}}));
  CHECK_FAILS(Status::kShape, "nothing is left of bottom \"data\"",
              LayerRun(crop("crop_size: 2 crop_size: 0"), {{{1, 1, 4, 4}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "in place",
              LayerRun(crop("crop_size: 0"), {{{4, 4}, {}}}, {TRAIN, 1, true}));
}

const GradientCases gradients{
    {crop("crop_size: 1 crop_size: 2"), {{-1, -1, 3, 6}}},
    {crop("crop_size: 1 crop_size: 0"), {{4, -1}}},
};

}  // namespace
}  // namespace caffe::test
