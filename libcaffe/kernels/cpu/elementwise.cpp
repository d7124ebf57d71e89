// Elementwise functions: the loops, over threads, in whichever order the values lie.
#include <algorithm>

#include "core/common_place.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/functors.hpp"

namespace caffe {

namespace {

constexpr int64_t kGrain = 16 * 1024;  // less is not worth another thread

// Where y is overwritten from x: x's order, as long as y's shape is the same.
Place place_of(ConstTensor x, ConstTensor y) {
  return x.shape() == y.shape() ? common_place({x}) : Place::kHost;
}

}  // namespace

void CpuKernels::relu(ConstTensor x, float negative_slope, Tensor y) {
  const Place place = place_of(x, y);
  const float* in = x.read(place);
  float* out = y.write(place);
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.relu(in + begin, negative_slope, out + begin, end - begin);
  });
}

void CpuKernels::relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx) {
  const Place place = x.shape() == dx.shape() ? common_place({x, dy}) : Place::kHost;
  const float* in = x.read(place);
  const float* gradient = dy.read(place);
  float* out = dx.write(place);
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.relu_backward(in + begin, gradient + begin, negative_slope, out + begin,
                               end - begin);
  });
}

void CpuKernels::map(const Function& function, ConstTensor x, Tensor y) {
  const auto loop = function.kind == functor::kSigmoid ? simd().loops.sigmoid
                    : function.kind == functor::kTanh  ? simd().loops.tanh
                    : function.kind == functor::kElu   ? simd().loops.elu
                    : function.kind == functor::kSwish ? simd().loops.swish
                                                       : nullptr;
  if (loop == nullptr) return Kernels::map(function, x, y);
  const Place place = place_of(x, y);
  const float* in = x.read(place);
  float* out = y.write(place);
  constexpr int64_t kValues = 4 * 1024;  // worth another thread
  parallel_for(x.count(), kValues, [&](int64_t begin, int64_t end) {
    loop(in + begin, function.a, out + begin, end - begin);
  });
}

void CpuKernels::negative_power(float shift, float scale, float exponent, ConstTensor x, Tensor y) {
  const Place place = place_of(x, y);
  const float* in = x.read(place);
  float* out = y.write(place);
  constexpr int64_t kValues = 4 * 1024;  // worth another thread
  parallel_for(x.count(), kValues, [&](int64_t begin, int64_t end) {
    simd().loops.negative_power(shift, scale, exponent, in + begin, out + begin, end - begin);
  });
}

void CpuKernels::copy(ConstTensor x, Tensor y) {
  if (x.same_storage(y) || x.count() == 0) return;
  if (x.empty()) return y.clear();
  const Place place = place_of(x, y);
  const float* in = x.read(place);
  float* out = y.write(place);
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.scale(1, in + begin, out + begin, end - begin);
  });
}

void CpuKernels::axpby(float a, ConstTensor x, float b, Tensor y) {
  const bool overwrites = (b == 0 || y.empty()) && !x.same_storage(y);
  if (overwrites) {
    const Place place = place_of(x, y);
    const float* in = x.read(place);
    float* out = y.write(place);
    parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
      simd().loops.scale(a, in + begin, out + begin, end - begin);
    });
    return;
  }
  const Place place = common_place({x, y});
  const float* in = x.read(place);
  float* out = y.update(place);
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.axpby(a, in + begin, b, out + begin, end - begin);
  });
}

void CpuKernels::scale(float a, Tensor y) {
  if (y.empty() || a == 1) return;
  float* out = y.update(y.host_place());
  parallel_for(y.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.scale(a, out + begin, out + begin, end - begin);
  });
}

void CpuKernels::multiply(ConstTensor a, ConstTensor b, Tensor y) {
  const Place place = a.shape() == y.shape() ? common_place({a, b}) : Place::kHost;
  const float* left = a.read(place);
  const float* right = b.read(place);
  float* out = y.write(place);
  parallel_for(y.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.multiply(left + begin, right + begin, out + begin, end - begin);
  });
}

void CpuKernels::weighted_sum(const std::vector<ConstTensor>& x, const std::vector<float>& factors,
                              Tensor y) {
  const Place place = x[0].shape() == y.shape() ? common_place(x) : Place::kHost;
  std::vector<const float*> in;
  for (const ConstTensor& each : x) in.push_back(each.read(place));
  float* out = y.write(place);
  constexpr int64_t kBlock = 2 * 1024;  // sums that stay in the nearest cache
  parallel_for(y.count(), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += kBlock) {
      const int64_t count = std::min(kBlock, end - at);
      if (in.size() == 1) {
        simd().loops.scale(factors[0], in[0] + at, out + at, count);
        continue;
      }
      simd().loops.blend(factors[0], in[0] + at, factors[1], in[1] + at, out + at, count);
      for (size_t k = 2; k < in.size(); ++k) {
        simd().loops.axpby(factors[k], in[k] + at, 1, out + at, count);
      }
    }
  });
}

}  // namespace caffe
