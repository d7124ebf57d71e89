// y = f(x), value by value, and the gradients of such functions.
#include <cmath>

#include "kernels/functors.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

void Kernels::relu(ConstTensor x, float negative_slope, Tensor y) {
  const float* in = x.read();
  float* out = y.write();
  const functor::Relu slope{negative_slope};
  const functor::PlainRelu plain;
  for (int64_t i = 0; i < x.count(); ++i) {
    out[i] = negative_slope == 0 ? plain(in[i]) : slope(in[i]);
  }
}

void Kernels::relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx) {
  const float* in = x.read();
  const float* gradient = dy.read();
  float* out = dx.write();
  const functor::ReluGradient function{negative_slope};
  for (int64_t i = 0; i < x.count(); ++i) out[i] = function(in[i], gradient[i]);
}

void Kernels::negative_power(float shift, float scale, float exponent, ConstTensor x, Tensor y) {
  const float* in = x.read();
  float* out = y.write();
  for (int64_t i = 0; i < x.count(); ++i) out[i] = std::pow(shift + scale * in[i], -exponent);
}

void Kernels::curve(const Curve& function, ConstTensor x, Tensor y) {
  const float* in = x.read();
  float* out = y.write();
  const auto each = [&](const auto& value) {
    for (int64_t i = 0; i < x.count(); ++i) out[i] = value(in[i]);
  };
  switch (function.kind) {
    case Curve::kSigmoid:
      return each(functor::SigmoidCurve{});
    case Curve::kTanh:
      return each(functor::TanhCurve{});
    case Curve::kElu:
      return each(functor::EluCurve{function.a});
    case Curve::kSwish:
      return each(functor::SwishCurve{function.a});
  }
}

}  // namespace caffe
