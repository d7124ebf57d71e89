#include "core/shape.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(shape_of_no_axes_is_one_value) {
  CHECK_EQ(Shape().count(), 1);
  CHECK_EQ(Shape().to_string(), "(1)");
}

TEST(shape_prints_as_the_log_does) {
  CHECK_EQ(Shape({2, 3, 6, 6}).to_string(), "2 3 6 6 (216)");
}

TEST(shape_counts_parts) {
  const Shape shape{2, 3, 4, 5};
  CHECK_EQ(shape.count(1), 60);
  CHECK_EQ(shape.count(1, 3), 12);
  CHECK_EQ(shape.count(4), 1);
  CHECK_EQ(Shape({2, 0, 5}).count(), 0);
}

TEST(shape_takes_negative_axes) {
  const Shape shape{2, 3, 4};
  CHECK_EQ(shape.canonical_axis(-1), 2);
  CHECK_EQ(shape.dim(-3), 2);
  CHECK_FAILS(Status::kShape, "axis 3 is out of range for 3 axes", shape.canonical_axis(3));
  CHECK_FAILS(Status::kShape, "axis -4 is out of range", shape.canonical_axis(-4));
}

TEST(shape_reads_missing_legacy_axes_as_one) {
  CHECK_EQ(Shape({7, 5}).legacy(1), 5);
  CHECK_EQ(Shape({7, 5}).legacy(3), 1);
  CHECK_FAILS(Status::kShape, "at most 4 axes", Shape({1, 1, 1, 1, 1}).legacy(0));
}

TEST(shape_refuses_what_is_none) {
  CHECK_FAILS(Status::kShape, "at least 0, not -2", Shape({3, -2}));
  CHECK_FAILS(Status::kShape, "does not fit 64 bits", Shape({int64_t{1} << 40, int64_t{1} << 40}));
  CHECK_FAILS(Status::kShape, "does not fit 64 bits",
              Shape({0, int64_t{1} << 40, int64_t{1} << 40}));
  CHECK_FAILS(Status::kShape, "at most 32 axes, not 33", Shape(std::vector<int64_t>(33, 1)));
}

}  // namespace
}  // namespace caffe
