// Maps between the rows and columns of blobs, by hand.
#include "layers/base/coordinate_map.hpp"

#include "support/check.hpp"

namespace caffe::test {
namespace {

void check(const CoordinateMap& map, double scale_h, double shift_h, double scale_w,
           double shift_w) {
  CHECK_NEAR(map.scale[0], scale_h, 0, 1e-12);
  CHECK_NEAR(map.shift[0], shift_h, 0, 1e-12);
  CHECK_NEAR(map.scale[1], scale_w, 0, 1e-12);
  CHECK_NEAR(map.shift[1], shift_w, 0, 1e-12);
}

TEST(coordinate_map_of_windows_has_their_middles) {
  check(window_coordinates({3, 1}, {1, 1}, {1, 0}), 1, 0, 1, 0);
  check(window_coordinates({2, 4}, {2, 4}, {0, 1}), 0.5, -0.25, 0.25, -0.125);
}

TEST(coordinate_map_after_another_and_back) {
  CoordinateMap outer, inner;
  outer.scale = {2, 3}, outer.shift = {1, 0};
  inner.scale = {0.5, 5}, inner.shift = {4, -1};
  check(outer.after(inner), 1, 9, 15, -3);
  check(outer.inverse(), 0.5, -0.5, 1 / 3.0, 0);
  check(inner.after(inner.inverse()), 1, 0, 1, 0);
  check(same_coordinates({}), 1, 0, 1, 0);
}

}  // namespace
}  // namespace caffe::test
