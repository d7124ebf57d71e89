// Quotients rounded up.
#include "core/divide_up.hpp"

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(divide_up_rounds_up_and_takes_nothing_for_nothing) {
  CHECK_EQ(divide_up(0, 4), int64_t{0});
  CHECK_EQ(divide_up(1, 4), int64_t{1});
  CHECK_EQ(divide_up(8, 4), int64_t{2});
  CHECK_EQ(divide_up(9, 4), int64_t{3});
}

}  // namespace
}  // namespace caffe::test
