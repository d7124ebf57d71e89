// Arithmetic over all values of tensors, reductions, and the gradient step.
#include <cmath>
#include <cstring>

#include "kernels/kernels.hpp"

namespace caffe {

void Kernels::fill(float value, Tensor y) {
  // Zeros need not be written: a cleared storage reads as zeros.
  if (value == 0 && !std::signbit(value)) return y.clear();
  float* out = y.write();
  for (int64_t i = 0; i < y.count(); ++i) out[i] = value;
}

void Kernels::copy(ConstTensor x, Tensor y) {
  if (x.same_storage(y) || x.count() == 0) return;
  const float* in = x.read();
  std::memcpy(y.write(), in, static_cast<size_t>(x.count()) * sizeof(float));
}

void Kernels::axpby(float a, ConstTensor x, float b, Tensor y) {
  const float* in = x.read();
  // With b = 0 what is in y does not count, not even a NaN.
  float* out = b == 0 && !x.same_storage(y) ? y.write() : y.update();
  const functor::Axpby function{a, b};
  for (int64_t i = 0; i < x.count(); ++i) out[i] = b == 0 ? a * in[i] : function(in[i], out[i]);
}

void Kernels::scale(float a, Tensor y) {
  float* out = y.update();
  for (int64_t i = 0; i < y.count(); ++i) out[i] *= a;
}

void Kernels::multiply(ConstTensor a, ConstTensor b, Tensor y) {
  const float* left = a.read();
  const float* right = b.read();
  float* out = y.write();
  for (int64_t i = 0; i < y.count(); ++i) out[i] = functor::Product{}(left[i], right[i]);
}

void Kernels::weighted_sum(const std::vector<ConstTensor>& x, const std::vector<float>& factors,
                           Tensor y) {
  std::vector<const float*> in;
  for (const ConstTensor& each : x) in.push_back(each.read());
  float* out = y.write();
  for (int64_t i = 0; i < y.count(); ++i) {
    float sum = factors[0] * in[0][i];
    for (size_t k = 1; k < in.size(); ++k) sum += factors[k] * in[k][i];
    out[i] = sum;
  }
}

double Kernels::sum_of_magnitudes(ConstTensor x) {
  const float* in = x.read();
  double sum = 0;
  for (int64_t i = 0; i < x.count(); ++i) sum += std::fabs(in[i]);
  return sum;
}

double Kernels::sum_of_squares(ConstTensor x) {
  return dot(x, x);
}

double Kernels::dot(ConstTensor x, ConstTensor y) {
  const float* left = x.read();
  const float* right = y.read();
  double sum = 0;
  for (int64_t i = 0; i < x.count(); ++i) sum += static_cast<double>(left[i]) * right[i];
  return sum;
}

void Kernels::update(const std::vector<Update>& updates) {
  for (const Update& each : updates) {
    functor::update_values(
        each.spec, each.data.update(), each.diff.read(), each.histories[0].update(),
        each.spec.histories() > 1 ? each.histories[1].update() : nullptr, each.data.count());
  }
}

}  // namespace caffe
