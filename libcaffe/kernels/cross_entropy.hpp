// The cross entropy of a target in [0, 1] and the sigmoid of a prediction, with its gradient.
#pragma once

#include <cmath>

namespace caffe {

struct CrossEntropy {
  CrossEntropy(float x, float target) {
    // exp() of what is not positive, so that nothing overflows.
    const float decay = std::exp(-std::fabs(x));
    slope = (x >= 0 ? 1 : decay) / (1 + decay) - target;
    value = std::log1p(double{decay}) - double{x} * (target - (x >= 0 ? 1 : 0));
  }

  double value;  // -(t log p + (1 - t) log(1 - p)), p = 1 / (1 + exp(-x))
  float slope;   // p - t
};

}  // namespace caffe
