// What a mask may name.
#include "layers/pooling/mask.hpp"

#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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
