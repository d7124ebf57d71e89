// The Huber-like function of detection losses, quadratic near 0 and linear beyond.
#pragma once

#include <cmath>

namespace caffe {

// f(d) = (sigma d)^2 / 2 where |d| < 1 / sigma^2, else |d| - 1 / (2 sigma^2)
struct SmoothL1 {
  explicit SmoothL1(float sigma) : square(sigma * sigma), bound(1.0 / square) {}

  double value(float d) const {
    const double size = std::fabs(d);
    return size < bound ? 0.5 * square * size * size : size - 0.5 * bound;
  }

  float slope(float d) const {
    return std::fabs(d) < bound ? square * d : static_cast<float>((d > 0) - (d < 0));
  }

  float square;
  double bound;
};

}  // namespace caffe
