// Sizes that do not fit 64 bits.
#include "core/checked.hpp"

#include "support/check.hpp"

namespace caffe::test {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

TEST(checked_arithmetic_says_what_does_not_fit) {
  CHECK_EQ(checked_mul(kMost, 1), kMost);
  CHECK_EQ(checked_mul(0, kMost), int64_t{0});
  CHECK_FAILS(Status::kShape, "4611686018427387904 x 2 does not fit 64 bits",
              checked_mul(int64_t{1} << 62, 2));
  CHECK_EQ(checked_add(kMost - 1, 1), kMost);
  CHECK_FAILS(Status::kShape, "+ 1 does not fit 64 bits", checked_add(kMost, 1));
}

TEST(capped_products_end_at_the_largest_number) {
  CHECK_EQ(capped_mul(6, 7), int64_t{42});
  CHECK_EQ(capped_mul(int64_t{1} << 40, int64_t{1} << 40), kMost);
}

}  // namespace
}  // namespace caffe::test
