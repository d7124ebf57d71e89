// Blobs: a shape over two storages, shared or their own, and the views of them.
#include "core/blob.hpp"

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(blob_has_no_values_until_it_is_shaped) {
  Blob blob;
  CHECK_EQ(blob.shape(), Shape({0}));
  blob.reshape({2, 3});
  CHECK_EQ(blob.count(), int64_t{6});
  CHECK(blob.data().empty() && blob.diff().empty());
  CHECK_EQ(blob.data().read()[5], 0.0f);
}

TEST(blob_keeps_its_values_in_a_smaller_shape_and_back) {
  Blob blob({2, 2});
  blob.data().write()[3] = 7;
  blob.reshape({1});
  blob.reshape({4});
  CHECK_EQ(blob.data().read()[3], 7.0f);
}

TEST(blob_shares_data_and_diff_apart) {
  Blob a({2}), b({2, 1});
  b.share_data(a);
  a.data().write()[1] = 5;
  CHECK_EQ(b.data().read()[1], 5.0f);
  b.diff().write()[0] = 6;
  CHECK(a.diff().empty());
  b.share_diff(a);
  CHECK(b.diff().empty());
  CHECK(b.data().same_storage(a.data()) && !a.data().same_storage(a.diff()));
}

TEST(tensor_says_where_its_values_lie) {
  Blob blob({1, 2, 2, 1});
  CHECK(blob.data().host_place() == Place::kHost);
  blob.data().write(Place::kHostNhwc)[1] = 3;  // channel 1 of the first place
  CHECK(blob.data().host_place() == Place::kHostNhwc);
  CHECK_EQ(blob.data().read()[2], 3.0f);
  CHECK(blob.data().host_place() == Place::kHost && blob.data().valid(Place::kHostNhwc));
}

TEST(tensor_of_another_shape_is_of_the_same_values) {
  Blob blob({2, 3});
  const Shape flat({6});
  blob.data().as(flat).write()[5] = 4;
  CHECK_EQ(blob.data().as(flat).count(), int64_t{6});
  CHECK_EQ(blob.data().read()[5], 4.0f);
  CHECK_EQ(blob.shape(), Shape({2, 3}));
}

TEST(blob_that_is_hidden_stays_so) {
  Blob blob({1});
  CHECK(!blob.hidden());
  blob.hide();
  CHECK(blob.hidden());
}

}  // namespace
}  // namespace caffe::test
