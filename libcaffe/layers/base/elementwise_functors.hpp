// The functions of the elementwise layers and their derivatives, one value at a time, for the loops
// of elementwise.hpp on the host and for those of a device. Where a function is one of the kernels'
// curves, forwards are the backend's instead. Each has
//
//   forward(x)            y
//   curve()               which of the kernels' curves it is, when it is one: faster than forward
//   gradient(x, y, dy)    dx
//   kNeedsBottom          whether the gradient looks at x in a way that y cannot stand in for
//   kNeedsTop             whether it looks at y, as it was before later layers worked on it in
//   place
#pragma once

#include <cmath>

#include "kernels/functors.hpp"
#include "kernels/kernels.hpp"

namespace caffe::functor {

struct AbsVal {
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;
  CAFFE_FUNCTOR float forward(float x) const { return std::fabs(x); }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    return dy * static_cast<float>((x > 0) - (x < 0));
  }
};

struct Bnll {
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;
  CAFFE_FUNCTOR float forward(float x) const {
    return x > 0 ? x + std::log(1 + std::exp(-x)) : std::log(1 + std::exp(x));
  }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    const float e = std::exp(-std::fabs(x));
    return dy * (x > 0 ? 1 : e) / (1 + e);
  }
};

struct Clip {
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;
  float least, most;
  CAFFE_FUNCTOR float forward(float x) const {
    const float below = x > most ? most : x;
    return below < least ? least : below;
  }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    return x >= least && x <= most ? dy : 0;
  }
};

// In place x is told from y, which has its sign as long as alpha is not negative.
struct Elu {
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  float alpha;
  Curve curve() const { return {Curve::kElu, alpha}; }
  CAFFE_FUNCTOR float forward(float x) const { return EluCurve{alpha}(x); }
  CAFFE_FUNCTOR float gradient(float x, float y, float dy) const {
    return x > 0 ? dy : dy * (alpha + y);
  }
};

// y = outer * exp(inner * x)
struct Exp {
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  float inner, outer;
  CAFFE_FUNCTOR float forward(float x) const { return outer * std::exp(inner * x); }
  CAFFE_FUNCTOR float gradient(float, float y, float dy) const { return dy * y * inner; }
};

// y = factor * log(shift + scale * x)
struct Log {
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;
  float factor, scale, shift;
  CAFFE_FUNCTOR float forward(float x) const { return factor * std::log(shift + scale * x); }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    return dy * factor * scale / (shift + scale * x);
  }
};

struct Power {
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;
  float power, scale, shift;
  CAFFE_FUNCTOR float forward(float x) const {
    const float base = shift + scale * x;
    if (power == 1) return base;
    if (power == 2) return base * base;
    return std::pow(base, power);
  }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    if (power == 0 || scale == 0) return 0;
    if (power == 1) return dy * scale;
    const float base = shift + scale * x;
    return dy * power * scale * (power == 2 ? base : std::pow(base, power - 1));
  }
};

// In place x is told from y, which has its sign as long as the slope is not negative.
struct Relu6 {
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = false;
  float negative_slope;
  CAFFE_FUNCTOR float forward(float x) const {
    const float rectified = x > 0 ? x : negative_slope * x;
    return rectified > 6 ? 6 : rectified;
  }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    return x > 0 ? (x < 6 ? dy : 0) : negative_slope * dy;
  }
};

struct Sigmoid {
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  Curve curve() const { return {Curve::kSigmoid}; }
  CAFFE_FUNCTOR float forward(float x) const { return SigmoidCurve{}(x); }
  CAFFE_FUNCTOR float gradient(float, float y, float dy) const { return dy * y * (1 - y); }
};

struct Swish {
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;  // but as it is now, see swish.cpp
  float beta;
  Curve curve() const { return {Curve::kSwish, beta}; }
  CAFFE_FUNCTOR float forward(float x) const { return SwishCurve{beta}(x); }
  CAFFE_FUNCTOR float gradient(float x, float y, float dy) const {
    const float gate = Sigmoid{}.forward(beta * x);
    return dy * (gate + beta * y * (1 - gate));
  }
};

struct Tanh {
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  Curve curve() const { return {Curve::kTanh}; }
  CAFFE_FUNCTOR float forward(float x) const { return TanhCurve{}(x); }
  CAFFE_FUNCTOR float gradient(float, float y, float dy) const { return dy * (1 - y * y); }
};

}  // namespace caffe::functor
