// Elementwise functions and gradient steps, written once for every backend's loops: plain, SIMD and
// device code inline them.
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

// One step of gradient descent with momentum on one value; returns what to subtract.
struct SgdStep {
  float gradient_scale, rate, momentum, decay;
  bool l1;
  CAFFE_FUNCTOR float operator()(float value, float diff, float history) const {
    const float sign = static_cast<float>((value > 0) - (value < 0));
    const float gradient = diff * gradient_scale + decay * (l1 ? sign : value);
    return momentum * history + rate * gradient;
  }
};

}  // namespace caffe::functor
