// How values lie at each place, as the replicas themselves have them.
#include "core/order.hpp"

#include <vector>

#include "core/blob.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

bool same(const ChannelView& a, const ChannelView& b) {
  return a.outer == b.outer && a.channels == b.channels && a.inner == b.inner;
}

TEST(order_at_in_plain_order_is_the_axes_own) {
  const Shape shape = {2, 3, 4, 5};
  CHECK(same(order_at(Place::kHost, shape), {2, 3, 20}));
  CHECK(same(order_at(Place::kHost, shape, 0), {1, 2, 60}));
  CHECK(same(order_at(Place::kHost, shape, 3), {24, 5, 1}));
  CHECK(same(order_at(Place::kHost.on(1), shape, 2), {6, 4, 5}));
}

TEST(order_at_with_channels_last_has_them_innermost) {
  const Shape shape = {2, 3, 4, 5};
  CHECK(same(order_at(Place::kHostNhwc, shape), {40, 3, 1}));
  CHECK(same(order_at(Place::kHostNhwc, shape, 0), {1, 2, 60}));
  CHECK(same(order_at(Place::kHostNhwc, shape, 2), {2, 4, 15}));
  CHECK(same(order_at(Place::kHostNhwc.on(1), shape, 3), {8, 5, 3}));
}

TEST(order_at_of_few_axes_is_one_order) {
  CHECK(same(order_at(Place::kHostNhwc, {2, 3}), {2, 3, 1}));
  CHECK(same(order_at(Place::kHostNhwc, {7}, 0), {1, 7, 1}));
  CHECK(same(order_at(Place::kHostNhwc, {2, 0, 4}), {8, 0, 1}));
}

// What order_at says is what a storage does.
TEST(order_at_finds_each_value_of_a_replica) {
  Blob blob({2, 3, 4, 5});
  for (int axis = 0; axis < 4; ++axis) {
    const ChannelView plain = order_at(Place::kHost, blob.shape(), axis);
    float* values = blob.data().write();
    for (int64_t i = 0; i < blob.count(); ++i) {
      values[i] = static_cast<float>(i / plain.inner % plain.channels);
    }
    const ChannelView last = order_at(Place::kHostNhwc, blob.shape(), axis);
    const float* replica = blob.data().read(Place::kHostNhwc);
    for (int64_t i = 0; i < blob.count(); ++i) {
      CHECK_EQ(replica[i], static_cast<float>(i / last.inner % last.channels));
    }
  }
}

TEST(axes_at_ends_with_the_channels_when_they_are_last) {
  CHECK(axes_at(Place::kHost, 4) == std::vector<int>({0, 1, 2, 3}));
  CHECK(axes_at(Place::kHostNhwc, 4) == std::vector<int>({0, 2, 3, 1}));
  CHECK(axes_at(Place::kHostNhwc, 2) == std::vector<int>({0, 1}));
  CHECK(axes_at(Place::kHostNhwc, 0).empty());
}

}  // namespace
}  // namespace caffe::test
