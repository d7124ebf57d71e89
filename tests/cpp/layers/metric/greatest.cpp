// The greatest channel at each place.
#include "layers/metric/greatest.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(find_greatest_looks_at_every_place_of_long_rows) {
  // Longer than what is compared at once; the greatest channel follows a pattern.
  const int64_t channels = 5, inner = 700;
  Values x(static_cast<size_t>(2 * channels * inner), -1);
  for (int64_t i = 0; i < 2 * inner; ++i) {
    const int64_t c = (i * 7) % channels;
    x[static_cast<size_t>((i / inner * channels + c) * inner + i % inner)] = 3;
  }
  Values index(static_cast<size_t>(2 * inner)), value(index);
  find_greatest(x.data(), {2, channels, inner}, Ties::kFirst, index.data(), value.data());
  for (size_t i = 0; i < index.size(); ++i) {
    CHECK_EQ(static_cast<int64_t>(index[i]), static_cast<int64_t>(i * 7) % channels);
    CHECK_EQ(value[i], 3.0f);
  }
  const Values equal = {1, 1, 1};
  find_greatest(equal.data(), {1, 3, 1}, Ties::kFirst, index.data(), nullptr);
  CHECK_EQ(index[0], 0.0f);
  find_greatest(equal.data(), {1, 3, 1}, Ties::kLast, index.data(), nullptr);
  CHECK_EQ(index[0], 2.0f);
}

}  // namespace
}  // namespace caffe::test
