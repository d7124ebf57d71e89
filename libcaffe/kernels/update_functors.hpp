// The steps that change parameters by their gradients, one value at a time, inlined into the loops
// of every backend. A step gets the gradient g and the value's histories, which it brings up to
// date, and returns what to take off the value.
#pragma once

#include <cstdint>

#include "kernels/functors.hpp"

namespace caffe {

// What a rule does with one parameter in one pass over its values: g = diff * gradient_scale +
// decay * data (or decay * sign(data) with l1), then the rule's step (below).
struct UpdateSpec {
  enum Rule { kSgd, kNesterov, kAdaGrad, kRmsProp, kAdaDelta, kAdam };
  Rule rule = kSgd;
  float gradient_scale = 1, decay = 0;
  bool l1 = false;
  float rate = 0, momentum = 0, momentum2 = 0, delta = 0;

  // How many histories the rule keeps.
  int histories() const { return rule == kAdaDelta || rule == kAdam ? 2 : 1; }
};

namespace functor {

struct Gradient {
  float scale, decay;
  bool l1;
  CAFFE_FUNCTOR float operator()(float value, float diff) const {
    const float sign = static_cast<float>((value > 0) - (value < 0));
    return diff * scale + decay * (l1 ? sign : value);
  }
};

struct SgdStep {
  float rate, momentum;
  CAFFE_FUNCTOR float operator()(float g, float& h) const {
    h = momentum * h + rate * g;
    return h;
  }
};

struct NesterovStep {
  float rate, momentum;
  CAFFE_FUNCTOR float operator()(float g, float& h) const {
    const float before = h;
    h = momentum * h + rate * g;
    return (1 + momentum) * h - momentum * before;
  }
};

struct AdaGradStep {
  float rate, delta;
  CAFFE_FUNCTOR float operator()(float g, float& h) const {
    h += g * g;
    return rate * g / (__builtin_sqrtf(h) + delta);
  }
};

// The momentum is that of the mean of squares.
struct RmsPropStep {
  float rate, momentum, delta;
  CAFFE_FUNCTOR float operator()(float g, float& h) const {
    h = momentum * h + (1 - momentum) * g * g;
    return rate * g / (__builtin_sqrtf(h) + delta);
  }
};

struct AdaDeltaStep {
  float rate, momentum, delta;
  CAFFE_FUNCTOR float operator()(float g, float& h, float& u) const {
    h = momentum * h + (1 - momentum) * g * g;
    const float change = g * __builtin_sqrtf((u + delta) / (h + delta));
    u = momentum * u + (1 - momentum) * change * change;
    return rate * change;
  }
};

// The rate is corrected for the histories' beginning at zero already.
struct AdamStep {
  float rate, momentum, momentum2, delta;
  CAFFE_FUNCTOR float operator()(float g, float& m, float& v) const {
    m = momentum * m + (1 - momentum) * g;
    v = momentum2 * v + (1 - momentum2) * g * g;
    return rate * m / (__builtin_sqrtf(v) + delta);
  }
};

// Brings `count` values up to date; `second` is null for rules with one history.
CAFFE_FUNCTOR void update_values(const UpdateSpec& spec, float* data, const float* diff,
                                 float* first, float* second, int64_t count) {
  const Gradient gradient{spec.gradient_scale, spec.decay, spec.l1};
  const auto one = [=](const auto& step) __attribute__((always_inline)) {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) data[i] -= step(gradient(data[i], diff[i]), first[i]);
  };
  const auto two = [=](const auto& step) __attribute__((always_inline)) {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) {
      data[i] -= step(gradient(data[i], diff[i]), first[i], second[i]);
    }
  };
  switch (spec.rule) {
    case UpdateSpec::kSgd:
      return one(SgdStep{spec.rate, spec.momentum});
    case UpdateSpec::kNesterov:
      return one(NesterovStep{spec.rate, spec.momentum});
    case UpdateSpec::kAdaGrad:
      return one(AdaGradStep{spec.rate, spec.delta});
    case UpdateSpec::kRmsProp:
      return one(RmsPropStep{spec.rate, spec.momentum, spec.delta});
    case UpdateSpec::kAdaDelta:
      return two(AdaDeltaStep{spec.rate, spec.momentum, spec.delta});
    case UpdateSpec::kAdam:
      return two(AdamStep{spec.rate, spec.momentum, spec.momentum2, spec.delta});
  }
}

}  // namespace functor

}  // namespace caffe
