// Elementwise functions, one value at a time, for the loops of any backend: the reference's, those
// that a compiler makes SIMD code of, and a device's inline them. Loops of vectors that want an
// exponential have polynomials of their own (cpu/simd/exp_loops.inc): for them these are the
// specification.
#pragma once

#include <cmath>
#include <type_traits>

#include "kernels/table.h"

#if defined(__CUDACC__)
#define CAFFE_FUNCTOR __host__ __device__ __forceinline__
#else
// Always inlined, so that no copy compiled for one instruction set is called by code for another.
#define CAFFE_FUNCTOR __attribute__((always_inline)) inline
#endif

namespace caffe::functor {

struct Relu {
  float negative_slope;
  CAFFE_FUNCTOR float operator()(float x) const { return x > 0 ? x : negative_slope * x; }
};

// Without a slope, and keeping NaN, which the product with a slope of 0 does not need to.
struct PlainRelu {
  CAFFE_FUNCTOR float operator()(float x) const { return x < 0 ? 0 : x; }
};

struct ReluGradient {
  float negative_slope;
  CAFFE_FUNCTOR float operator()(float x, float dy) const {
    return x > 0 ? dy : negative_slope * dy;
  }
};

struct Axpby {
  float a, b;
  CAFFE_FUNCTOR float operator()(float x, float y) const { return a * x + b * y; }
};

struct Product {
  CAFFE_FUNCTOR float operator()(float a, float b) const { return a * b; }
};

// Functions of one value and their derivatives, by name. Each is an aggregate of its constants,
// three floats at most, and has
//
//   forward(x)            y
//   gradient(x, y, dy)    dx
//   kNeedsBottom          whether the gradient looks at x in a way that y cannot stand in for
//   kNeedsTop             whether it looks at y, as it was before later layers worked on it in
//   place
enum Kind {
  kAbsVal,
  kBnll,
  kClip,
  kElu,
  kExp,
  kLog,
  kPower,
  kRelu6,
  kSigmoid,
  kSwish,
  kTanh,
  kThreshold
};

struct AbsVal {
  static constexpr Kind kKind = kAbsVal;
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;
  CAFFE_FUNCTOR float forward(float x) const { return std::fabs(x); }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    return dy * static_cast<float>((x > 0) - (x < 0));
  }
};

struct Bnll {
  static constexpr Kind kKind = kBnll;
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
  static constexpr Kind kKind = kClip;
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
  static constexpr Kind kKind = kElu;
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  float alpha;
  CAFFE_FUNCTOR float forward(float x) const { return x > 0 ? x : alpha * (__builtin_expf(x) - 1); }
  CAFFE_FUNCTOR float gradient(float x, float y, float dy) const {
    return x > 0 ? dy : dy * (alpha + y);
  }
};

// y = outer * exp(inner * x)
struct Exp {
  static constexpr Kind kKind = kExp;
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  float inner, outer;
  CAFFE_FUNCTOR float forward(float x) const { return outer * std::exp(inner * x); }
  CAFFE_FUNCTOR float gradient(float, float y, float dy) const { return dy * y * inner; }
};

// y = factor * log(shift + scale * x)
struct Log {
  static constexpr Kind kKind = kLog;
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;
  float factor, scale, shift;
  CAFFE_FUNCTOR float forward(float x) const { return factor * std::log(shift + scale * x); }
  CAFFE_FUNCTOR float gradient(float x, float, float dy) const {
    return dy * factor * scale / (shift + scale * x);
  }
};

struct Power {
  static constexpr Kind kKind = kPower;
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
  static constexpr Kind kKind = kRelu6;
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
  static constexpr Kind kKind = kSigmoid;
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  CAFFE_FUNCTOR float forward(float x) const { return 0.5f * __builtin_tanhf(0.5f * x) + 0.5f; }
  CAFFE_FUNCTOR float gradient(float, float y, float dy) const { return dy * y * (1 - y); }
};

struct Swish {
  static constexpr Kind kKind = kSwish;
  static constexpr bool kNeedsBottom = true;
  static constexpr bool kNeedsTop = false;  // but as it is now, see swish.cpp
  float beta;
  CAFFE_FUNCTOR float forward(float x) const { return x * Sigmoid{}.forward(beta * x); }
  CAFFE_FUNCTOR float gradient(float x, float y, float dy) const {
    const float gate = Sigmoid{}.forward(beta * x);
    return dy * (gate + beta * y * (1 - gate));
  }
};

struct Tanh {
  static constexpr Kind kKind = kTanh;
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = true;
  CAFFE_FUNCTOR float forward(float x) const { return __builtin_tanhf(x); }
  CAFFE_FUNCTOR float gradient(float, float y, float dy) const { return dy * (1 - y * y); }
};

struct Threshold {
  static constexpr Kind kKind = kThreshold;
  static constexpr bool kNeedsBottom = false;
  static constexpr bool kNeedsTop = false;
  float threshold;
  CAFFE_FUNCTOR float forward(float x) const { return x > threshold ? 1 : 0; }
  CAFFE_FUNCTOR float gradient(float, float, float) const { return 0; }
};

// A function as a backend's table is told of it, and back.
template <class F>
caffe_function named(const F& function) {
  caffe_function name = {F::kKind, 0, 0, 0};
  if constexpr (!std::is_empty_v<F>) {
    static_assert(sizeof(F) <= 3 * sizeof(float));
    __builtin_memcpy(&name.a, &function, sizeof(F));
  }
  return name;
}

template <class F>
F made(const caffe_function& name) {
  F function{};
  if constexpr (!std::is_empty_v<F>) __builtin_memcpy(&function, &name.a, sizeof(F));
  return function;
}

// use(the function of that name)
template <class Use>
void with_function(const caffe_function& name, const Use& use) {
  switch (static_cast<Kind>(name.kind)) {
    case kAbsVal:
      return use(made<AbsVal>(name));
    case kBnll:
      return use(made<Bnll>(name));
    case kClip:
      return use(made<Clip>(name));
    case kElu:
      return use(made<Elu>(name));
    case kExp:
      return use(made<Exp>(name));
    case kLog:
      return use(made<Log>(name));
    case kPower:
      return use(made<Power>(name));
    case kRelu6:
      return use(made<Relu6>(name));
    case kSigmoid:
      return use(made<Sigmoid>(name));
    case kSwish:
      return use(made<Swish>(name));
    case kTanh:
      return use(made<Tanh>(name));
    case kThreshold:
      return use(made<Threshold>(name));
  }
}

}  // namespace caffe::functor
