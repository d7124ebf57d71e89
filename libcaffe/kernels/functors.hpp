// Elementwise functions, one value at a time, for the loops of any backend: the reference's, those
// that a compiler makes SIMD code of, and a device's inline them. Loops of vectors that want an
// exponential have polynomials of their own (cpu/simd/exp_loops.inc): for them these are the
// specification.
#pragma once

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

struct SigmoidCurve {
  CAFFE_FUNCTOR float operator()(float x) const { return 0.5f * __builtin_tanhf(0.5f * x) + 0.5f; }
};

struct TanhCurve {
  CAFFE_FUNCTOR float operator()(float x) const { return __builtin_tanhf(x); }
};

struct EluCurve {
  float alpha;
  CAFFE_FUNCTOR float operator()(float x) const {
    return x > 0 ? x : alpha * (__builtin_expf(x) - 1);
  }
};

struct SwishCurve {
  float beta;
  CAFFE_FUNCTOR float operator()(float x) const { return x * SigmoidCurve{}(beta * x); }
};

}  // namespace caffe::functor
