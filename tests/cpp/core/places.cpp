// The place at which all operands of a function are worked on.
#include "core/places.hpp"

#include "core/blob.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(common_place_is_where_more_of_the_operands_lie) {
  Blob a({1, 2, 2, 1}), b({1, 2, 2, 1}), c({1, 2, 2, 1});
  a.data().write();
  b.data().write(Place::kHostNhwc);
  CHECK(common_place({a.data()}) == Place::kHost);
  CHECK(common_place({b.data()}) == Place::kHostNhwc);
  CHECK(common_place({a.data(), b.data()}) == Place::kHost);  // as many on either side
  c.data().write(Place::kHostNhwc);
  CHECK(common_place({a.data(), b.data(), c.data()}) == Place::kHostNhwc);
  a.data().read(Place::kHostNhwc);
  CHECK(common_place({a.data(), b.data()}) == Place::kHostNhwc);
}

TEST(common_place_of_several_shapes_is_the_plain_order) {
  Blob a({1, 2, 2, 1}), b({1, 2, 1, 2});
  for (Blob* each : {&a, &b}) each->data().write(Place::kHostNhwc);
  CHECK(common_place({a.data(), b.data()}) == Place::kHost);
}

}  // namespace
}  // namespace caffe::test
