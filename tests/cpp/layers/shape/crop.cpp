// layers/shape/crop.cpp, layers/base/box_copy.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string crop(const std::string& fields) {
  return "type: 'Crop' crop_param { " + fields + " }";
}

Shape top_shape(const std::string& fields, const Shape& whole, const Shape& wanted) {
  return LayerRun(crop(fields), {{whole, {}}, {wanted, {}}}).top(0).shape();
}

TEST(crop_takes_the_second_s_size_from_its_axis_on) {
  CHECK_EQ(top_shape("", {2, 3, 5, 6}, {1, 1, 4, 2}), Shape({2, 3, 4, 2}));
  CHECK_EQ(top_shape("axis: 1 offset: 1", {2, 3, 5, 6}, {1, 2, 4, 5}), Shape({2, 2, 4, 5}));
  CHECK_EQ(top_shape("axis: -1 offset: 4", {2, 3, 5, 6}, {1, 1, 1, 2}), Shape({2, 3, 5, 2}));
  CHECK_EQ(top_shape("axis: 0", {2, 3}, {0, 3}), Shape({0, 3}));
}

TEST(crop_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(crop("offset: 1 offset: 0"),
                 {{{1, 2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, {{9, 9, 1, 2}, {}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {4, 5, 10, 11});
    run.set_top_diff(0, {1, 2, 3, 4});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(0), {0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0});
    CHECK_CLOSE(run.bottom_diff(1), Values(162, 0));
  });
}

// The other order of the values gives the same numbers.
TEST(crop_of_channels_last_values) {
  const auto cropped = [](bool channels_last) {
    LayerRun run(crop("axis: 1 offset: 1 offset: 2 offset: 0"),
                 {{{2, 4, 5, 3}, {}}, {{1, 2, 3, 2}, {}}});
    const auto settle = [&](Tensor values) {
      if (channels_last) values.update(Place::kHostNhwc);
    };
    settle(run.bottom(0).data());
    run.forward();
    run.set_top_diff(0, distinct_values(run.top(0).count(), 7));
    settle(run.top(0).diff());
    run.backward();
    Values both = run.out();
    const Values diff = run.bottom_diff(0);
    both.insert(both.end(), diff.begin(), diff.end());
    return both;
  };
  CHECK(cropped(true) == cropped(false));
}

TEST(crop_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kShape,
              "bottom \"data\" is too small: 4 places from offset 2 on are wanted along axis 2",
              top_shape("offset: 2", {2, 3, 5, 6}, {2, 3, 4, 3}));
  CHECK_FAILS(Status::kShape, "must have at least as many axes as bottom \"data\"",
              top_shape("", {2, 3, 5, 6}, {2, 3, 4}));
  CHECK_FAILS(Status::kInvalidArgument, "crop_param.offset is given 2 times; it is wanted once, or",
              top_shape("axis: 1 offset: 2 offset: 1", {2, 3, 5, 6}, {2, 3, 4, 3}));
  CHECK_FAILS(Status::kShape, "crop_param.axis does not fit bottom \"data\"",
              top_shape("axis: 4", {2, 3, 5, 6}, {2, 3, 4, 3}));
}

const GradientCases gradients{
    {"type: 'Crop' crop_param { offset: 1 offset: 2 }", {{-1, -1, 3, 4}, {-1, -1, 2, 1}}, 2},
    {"type: 'Crop' crop_param { axis: 1 }", {{-1, 4, 3}, {-1, 2, 2}}},
};

}  // namespace
}  // namespace caffe::test
