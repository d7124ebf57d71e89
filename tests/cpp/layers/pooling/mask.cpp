// Values at the places that a mask names.
#include "layers/pooling/mask.hpp"

#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(mask_scatters_the_last_of_several_and_gathers_each) {
  Blob values({1, 2, 1, 2}), mask({1, 2, 1, 2}), top({1, 2, 1, 3});
  set_values(values.data(), {5, 6, 7, 8});
  set_values(mask.data(), {2, 0, 1, 1});
  scatter_by_mask(values.data(), mask.data(), top.data());
  CHECK(values_of(top.data()) == Values({6, 0, 5, 0, 8, 0}));
  set_values(top.data(), {1, 2, 3, 4, 5, 6});
  gather_by_mask(top.data(), mask.data(), values.data());
  CHECK(values_of(values.data()) == Values({3, 1, 5, 5}));
}

TEST(mask_indices_are_of_a_plane_and_cut_towards_zero) {
  Blob mask({1, 1, 1, 2});
  const auto check = [&](float index) {
    set_values(mask.data(), {0, index});
    check_mask(mask, {1, 1, 2, 2}, "the mask");
  };
  check(3.75f);
  check(-0.5f);
  for (const float bad : {4.0f, -1.0f, std::numeric_limits<float>::quiet_NaN()}) {
    CHECK_FAILS(Status::kInvalidArgument, "at value 1; the top's planes have 4 places", check(bad));
  }
}

}  // namespace
}  // namespace caffe::test
