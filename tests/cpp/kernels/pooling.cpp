// kernels/*/pooling.cpp.
#include <cfloat>

#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

struct Case {
  const char* name;
  Shape bottom;
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, top_h, top_w;
};

const Case kCases[] = {
    {"lenet pool1", {4, 20, 24, 24}, 2, 2, 2, 2, 0, 0, 12, 12},
    {"lenet pool2", {4, 50, 8, 8}, 2, 2, 2, 2, 0, 0, 4, 4},
    {"overlapping", {2, 16, 13, 13}, 3, 3, 2, 2, 0, 0, 6, 6},
    {"ceil", {2, 17, 8, 7}, 3, 3, 2, 2, 0, 0, 4, 3},
    {"ceil with a narrow last window", {1, 5, 6, 6}, 3, 3, 2, 2, 0, 0, 3, 3},
    {"padded", {2, 9, 7, 7}, 3, 3, 2, 2, 1, 1, 4, 4},
    {"padded to the end", {2, 33, 6, 6}, 3, 3, 2, 2, 1, 1, 4, 4},
    {"uneven", {1, 6, 9, 12}, 3, 2, 1, 3, 1, 0, 9, 4},
    {"global", {3, 40, 6, 5}, 6, 5, 1, 1, 0, 0, 1, 1},
    {"stride over the kernel", {2, 18, 9, 9}, 2, 2, 3, 3, 0, 0, 3, 3},
    {"windows outside", {2, 18, 9, 9}, 1, 1, 4, 4, 0, 0, 4, 4},
    {"one channel", {3, 1, 8, 8}, 2, 2, 2, 2, 0, 0, 4, 4},
    {"three channels", {2, 3, 8, 8}, 3, 3, 1, 1, 1, 1, 8, 8},
    {"one place", {2, 3, 1, 1}, 1, 1, 1, 1, 0, 0, 1, 1},
    {"no images", {0, 3, 4, 4}, 2, 2, 2, 2, 0, 0, 2, 2},
};

struct Results {
  Blob y, mask, dx;
};

PoolingSpec spec_of(const Case& c, PoolingMethod method) {
  PoolingSpec spec;
  spec.bottom = c.bottom, spec.top = {c.bottom[0], c.bottom[1], c.top_h, c.top_w};
  spec.method = method;
  spec.kernel_h = c.kernel_h, spec.kernel_w = c.kernel_w;
  spec.stride_h = c.stride_h, spec.stride_w = c.stride_w;
  spec.pad_h = c.pad_h, spec.pad_w = c.pad_w;
  spec.training = true;
  return spec;
}

Results run_pooling(const Run& run, const PoolingSpec& spec, bool with_mask, bool ties) {
  Blob x = random_blob(spec.bottom, 1), dy = random_blob(spec.top, 2);
  if (ties) {
    for (int64_t i = 0; i < x.count(); ++i) x.data().update()[i] = static_cast<float>(i % 2);
  }
  run.settle(x);
  run.settle(dy);
  Results results{Blob(spec.top), Blob(spec.top), Blob(spec.bottom)};
  const auto pooling = run.kernels->pooling(spec);
  std::optional<Tensor> mask;
  if (with_mask) mask = results.mask.data();
  pooling->forward(x.data(), results.y.data(), mask);
  pooling->backward(dy.data(), results.dx.data());
  return results;
}

}  // namespace

TEST(pooling_is_the_reference_s) {
  for (const Case& c : kCases) {
    for (const PoolingMethod method : {PoolingMethod::kMax, PoolingMethod::kAverage}) {
      const PoolingSpec spec = spec_of(c, method);
      const bool with_mask = method == PoolingMethod::kMax;
      for (const bool ties : {false, true}) {
        const Results expected =
            run_pooling({&reference_kernels(), Place::kHost, ""}, spec, with_mask, ties);
        for_each_run([&](const Run& run) {
          const Results got = run_pooling(run, spec, with_mask, ties);
          const std::string what = str(c.name, with_mask ? " maximum, " : " average, ", run.name);
          check_same(got.y, expected.y, what + " forward");
          check_same(got.dx, expected.dx, what + " backward");
          if (with_mask) check_same(got.mask, expected.mask, what + " mask", 0);
        });
      }
    }
  }
}

TEST(pooling_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    // 3x3 with 2x2 windows, stride 2: the last windows are cut at the image.
    const Case c = {"", {1, 1, 3, 3}, 2, 2, 2, 2, 0, 0, 2, 2};
    Blob x = blob_of(c.bottom, {1, 5, 2, 5, 0, 3, 4, 4, -1}), y(Shape{1, 1, 2, 2});
    Blob mask(y.shape()), dy = blob_of(y.shape(), {1, 2, 3, 4}), dx(c.bottom);
    auto pooling = kernels->pooling(spec_of(c, PoolingMethod::kMax));
    pooling->forward(x.data(), y.data(), mask.data());
    const float maxima[] = {5, 3, 4, -1}, places[] = {1, 5, 6, 8};  // the first of equals
    for (int i = 0; i < 4; ++i) CHECK_EQ(y.data().read()[i], maxima[i]);
    for (int i = 0; i < 4; ++i) CHECK_EQ(mask.data().read()[i], places[i]);
    pooling->backward(dy.data(), dx.data());
    const float routed[] = {0, 1, 0, 0, 0, 2, 3, 0, 4};
    for (int i = 0; i < 9; ++i) CHECK_EQ(dx.data().read()[i], routed[i]);

    pooling = kernels->pooling(spec_of(c, PoolingMethod::kAverage));
    pooling->forward(x.data(), y.data(), std::nullopt);
    const float averages[] = {2.75f, 2.5f, 4, -1};  // divided by what is left of the window
    for (int i = 0; i < 4; ++i) CHECK_EQ(y.data().read()[i], averages[i]);
  }
}

// The average's divisor counts padding; a window that lies outside has no gradient to give.
TEST(pooling_at_the_edges) {
  for (Kernels* kernels : all_backends()) {
    const Case padded = {"", {1, 1, 2, 2}, 3, 3, 2, 2, 1, 1, 2, 2};
    Blob x = blob_of(padded.bottom, {9, 9, 9, 9}), y(Shape{1, 1, 2, 2});
    kernels->pooling(spec_of(padded, PoolingMethod::kAverage))
        ->forward(x.data(), y.data(), std::nullopt);
    const float averages[] = {4, 3, 3, 2.25f};  // of 9, 6, 6 and 4 places
    for (int i = 0; i < 4; ++i) CHECK_NEAR(y.data().read()[i], averages[i], 1e-6, 0);

    const Case outside = {"", {1, 1, 3, 3}, 1, 1, 3, 3, 0, 0, 2, 2};
    Blob image = random_blob(outside.bottom, 1), mask(y.shape());
    kernels->pooling(spec_of(outside, PoolingMethod::kMax))
        ->forward(image.data(), y.data(), mask.data());
    CHECK_EQ(y.data().read()[3], -FLT_MAX);
    CHECK_EQ(mask.data().read()[3], -1);
  }
}

TEST(pooling_shows_nan) {
  for (Kernels* kernels : all_backends()) {
    for (const int64_t channels : {1, 20}) {
      for (int at = 0; at < 4; ++at) {
        const Case c = {"", {1, channels, 2, 2}, 2, 2, 2, 2, 0, 0, 1, 1};
        Blob x = random_blob(c.bottom, 1), y(Shape{1, channels, 1, 1});
        x.data().update()[at] = NAN;
        kernels->pooling(spec_of(c, PoolingMethod::kMax))
            ->forward(x.data(), y.data(), std::nullopt);
        CHECK(std::isnan(y.data().read()[0]));
      }
    }
  }
}

}  // namespace caffe::test
