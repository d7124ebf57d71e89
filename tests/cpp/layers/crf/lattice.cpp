// The permutohedral lattice: nearly a Gaussian, and its transpose.
#include "layers/crf/lattice.hpp"

#include <cmath>
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// The features of a grid of `height` x `width` pixels, `step` standard deviations apart.
Values grid(int64_t height, int64_t width, float step) {
  Values features;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      features.insert(features.end(), {static_cast<float>(x) * step, static_cast<float>(y) * step});
    }
  }
  return features;
}

TEST(lattice_is_nearly_a_gaussian) {
  const Values features = grid(12, 12, 0.4f);
  const PermutohedralLattice lattice(features.data(), 144, 2);
  const Values in = distinct_values(144, 9), ones(144, 1);
  Values out(144), sums(144);
  lattice.filter(in.data(), 1, out.data());
  lattice.filter(ones.data(), 1, sums.data());
  for (size_t p = 0; p < 144; ++p) {
    double expected = 0, total = 0;
    for (size_t q = 0; q < 144; ++q) {
      const double dx = features[2 * p] - features[2 * q];
      const double dy = features[2 * p + 1] - features[2 * q + 1];
      const double weight = std::exp(-(dx * dx + dy * dy) / 2);
      expected += weight * in[q];
      total += weight;
    }
    // The values lie within 3.6 of 0.
    CHECK_NEAR(out[p] / sums[p], expected / total, 0, 0.2);
  }
}

TEST(lattice_transposed_is_the_adjoint) {
  const int64_t points = 30, channels = 2;
  for (const int dimensions : {1, 2, 5}) {
    Values features = distinct_values(points * dimensions, 3);
    for (float& each : features) each *= 2;
    const PermutohedralLattice lattice(features.data(), points, dimensions);
    const Values x = distinct_values(points * channels, 1),
                 y = distinct_values(points * channels, 2);
    Values filtered(x.size()), back(x.size());
    lattice.filter(x.data(), channels, filtered.data());
    lattice.filter_transposed(y.data(), channels, back.data());
    double left = 0, right = 0, size = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      left += double{y[i]} * filtered[i];
      right += double{back[i]} * x[i];
      size += std::fabs(double{y[i]} * filtered[i]);
    }
    CHECK_NEAR(left, right, 0, 1e-5 * size);
  }
}

TEST(lattice_refuses_features_that_have_no_place) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {nan, -std::numeric_limits<float>::infinity(), 1e9f}) {
    const Values features = {0, 1, bad, 2};
    CHECK_FAILS(Status::kInvalidArgument, "not finite or too large",
                PermutohedralLattice(features.data(), 2, 2));
  }
  PermutohedralLattice(nullptr, 0, 2).filter(nullptr, 3, nullptr);
}

}  // namespace
}  // namespace caffe::test
