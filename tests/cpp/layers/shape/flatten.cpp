// Flatten: which axes become one.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

Shape flattened(const std::string& fields, const Shape& bottom) {
  return LayerRun("type: 'Flatten' flatten_param { " + fields + " }", {{bottom, {}}})
      .top(0)
      .shape();
}

TEST(flatten_takes_axes_together) {
  CHECK_EQ(flattened("", {2, 3, 4, 5}), Shape({2, 60}));
  CHECK_EQ(flattened("axis: 0", {2, 3, 4, 5}), Shape({120}));
  CHECK_EQ(flattened("axis: -3 end_axis: -2", {2, 3, 4, 5}), Shape({2, 12, 5}));
  CHECK_FAILS(Status::kInvalidArgument, "must not lie behind end_axis",
              flattened("axis: 2 end_axis: 1", {2, 3, 4}));
  CHECK_FAILS(Status::kShape, "flatten_param.axis does not fit", flattened("axis: 3", {2, 3, 4}));
}

const GradientCases gradients{
    {"type: 'Flatten'", {{-1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
