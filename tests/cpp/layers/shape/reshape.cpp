// Reshape: axes that are kept, inferred and replaced.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

Shape reshaped(const std::string& fields, const Shape& bottom) {
  return LayerRun("type: 'Reshape' reshape_param { " + fields + " }", {{bottom, {}}})
      .top(0)
      .shape();
}

TEST(reshape_keeps_infers_and_replaces_axes) {
  CHECK_EQ(reshaped("shape { dim: 0 dim: -1 }", {2, 3, 4}), Shape({2, 12}));
  CHECK_EQ(reshaped("shape { dim: 0 dim: 2 dim: -1 dim: 4 }", {3, 16}), Shape({3, 2, 2, 4}));
  CHECK_EQ(reshaped("axis: 1 num_axes: 1 shape { dim: 3 dim: 2 }", {2, 6, 4}), Shape({2, 3, 2, 4}));
  CHECK_EQ(reshaped("axis: -1 shape { dim: 1 }", {2, 3}), Shape({2, 3, 1}));
  CHECK_EQ(reshaped("axis: 1 num_axes: 0 shape { dim: 1 }", {2, 3}), Shape({2, 1, 3}));
  CHECK_EQ(reshaped("shape {}", {1, 1}), Shape{});
}

TEST(reshape_rejects_what_does_not_fit) {
  const Shape bottom = {2, 5};
  CHECK_FAILS(Status::kInvalidArgument, "more than one -1",
              reshaped("shape { dim: -1 dim: -1 }", bottom));
  CHECK_FAILS(Status::kInvalidArgument, "-2 is no extent", reshaped("shape { dim: -2 }", bottom));
  CHECK_FAILS(Status::kShape,
              "bottom \"data\" of shape 2 5 (10) cannot become 1 7 (7), whatever its -1 is",
              reshaped("shape { dim: -1 dim: 7 }", bottom));
  CHECK_FAILS(Status::kShape, "cannot become 3 3 (9)", reshaped("shape { dim: 3 dim: 3 }", bottom));
  CHECK_FAILS(Status::kShape, "has a 0 at axis 2",
              reshaped("shape { dim: 0 dim: 0 dim: 0 }", bottom));
  CHECK_FAILS(Status::kShape, "reshape_param.axis: 3",
              reshaped("axis: 3 shape { dim: 1 }", bottom));
  CHECK_FAILS(Status::kShape, "num_axes: 2 from axis 1",
              reshaped("axis: 1 num_axes: 2 shape { dim: 5 }", bottom));
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place",
              LayerRun("type: 'Reshape'", {{bottom, {}}}, {TRAIN, 1, true}));
}

const GradientCases gradients{
    {"type: 'Reshape' reshape_param { shape { dim: 1 dim: -1 } }", {{-1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
