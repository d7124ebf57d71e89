// Mean and deviation of channels, and what is made of them, without a layer around.
#include "layers/normalisation/channel_normaliser.hpp"

#include <cmath>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// Two channels, with means 4 and 15 and variances 5 and 75.
struct Two {
  explicit Two(Kernels& kernels) : kernels(kernels), x({2, 2, 2}), y({2, 2, 2}) {
    set_values(x.data(), {1, 3, 10, 10, 5, 7, 10, 30});
    normaliser.reshape({2, 2, 2});
    normaliser.measure(kernels, x.data());
  }
  Values forward(const ChannelAffine& affine = {}) {
    normaliser.forward(kernels, x.data(), affine, y.data());
    return values_of(y.data());
  }

  Kernels& kernels;
  Blob x, y;
  ChannelNormaliser normaliser;
};

TEST(channel_normaliser_measures_each_channel) {
  on_every_backend([](Kernels& kernels) {
    Two two(kernels);
    CHECK_EQ(two.normaliser.size(), int64_t{4});
    CHECK(values_of(two.normaliser.mean()) == Values({4, 15}));
    CHECK(values_of(two.normaliser.variance()) == Values({5, 75}));
  });
}

TEST(channel_normaliser_adds_eps_to_the_variance_or_to_its_root) {
  on_every_backend([](Kernels& kernels) {
    Two two(kernels);
    set_values(two.normaliser.variance(), {3, 24});
    two.normaliser.set_deviation(1);
    CHECK_CLOSE(two.forward(), {-1.5f, -0.5f, -1, -1, 0.5f, 1.5f, -1, 3});
    set_values(two.normaliser.variance(), {1, 16});
    two.normaliser.set_deviation_plus(1);
    CHECK_CLOSE(two.forward(), {-1.5f, -0.5f, -1, -1, 0.5f, 1.5f, -1, 3});
  });
}

TEST(channel_normaliser_scales_and_shifts) {
  on_every_backend([](Kernels& kernels) {
    Two two(kernels);
    set_values(two.normaliser.variance(), {4, 25});
    two.normaliser.set_deviation(0);
    Blob scale({2}), shift({2});
    set_values(scale.data(), {2, -1});
    set_values(shift.data(), {10, 20});
    CHECK_CLOSE(two.forward({scale.data(), shift.data()}), {7, 9, 21, 21, 11, 13, 21, 17});
  });
}

// With a constant mean and deviation y is a x + b.
TEST(channel_normaliser_gradient_of_constants) {
  on_every_backend([](Kernels& kernels) {
    Two two(kernels);
    set_values(two.normaliser.variance(), {4, 25});
    two.normaliser.set_deviation(0);
    Blob dy({2, 2, 2}), scale({2}), shift({2});
    set_values(dy.data(), {1, 2, 3, 4, 5, 6, 7, 8});
    set_values(scale.data(), {2, 10});
    for (Blob* each : {&scale, &shift}) set_values(each->diff(), {100, 100});
    two.normaliser.backward(kernels, two.x.data(), dy.data(), Depends::kNothing, scale.data(),
                            {two.x.diff(), scale.diff(), shift.diff()});
    CHECK_CLOSE(values_of(two.x.diff()), {1, 2, 6, 8, 5, 6, 14, 16});
    CHECK_CLOSE(values_of(scale.diff()), {109, 110});
    CHECK_CLOSE(values_of(shift.diff()), {114, 122});
  });
}

TEST(channel_normaliser_of_no_values) {
  on_every_backend([](Kernels& kernels) {
    ChannelNormaliser normaliser;
    Blob x({0, 2, 3});
    normaliser.reshape({0, 2, 3});
    normaliser.measure(kernels, x.data());
    CHECK(values_of(normaliser.mean()) == Values(2));
    CHECK(values_of(normaliser.variance()) == Values(2));
  });
}

}  // namespace
}  // namespace caffe::test
