// Softmax over channels, on channels-last replicas too: there the channels of a place are a row.
#include <algorithm>

#include "core/common_place.hpp"
#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr int64_t kColumns = kSoftmaxColumns;  // neighbours along the inner axis done together
constexpr int64_t kGrain = 4 * 1024;

struct View {
  Place place = Place::kHost;
  SoftmaxSpec spec;
};

// The softmax as seen from the replicas chosen.
View view(const SoftmaxSpec& spec, const Shape& shape, Place place) {
  const bool channels_axis =
      shape.axes() >= 2 && spec.outer == shape[0] && spec.channels == shape[1];
  if (place == Place::kHostNhwc && channels_axis) {
    return {place, order_at(place, shape)};
  }
  return {Place::kHost, spec};
}

// body(first value, how many neighbours) for all columns, over threads.
template <class Body>
void for_each_columns(const SoftmaxSpec& spec, const Body& body) {
  const int64_t blocks = divide_up(spec.inner, kColumns);
  const int64_t work = spec.channels * std::min(spec.inner, kColumns) + 1;
  parallel_for(spec.outer * blocks, kGrain / work + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * kColumns;
      body(task / blocks * spec.channels * spec.inner + first,
           std::min(kColumns, spec.inner - first));
    }
  });
}

}  // namespace

void CpuKernels::softmax(ConstTensor x, const SoftmaxSpec& spec, Tensor y) {
  const Place wanted = x.shape() == y.shape() ? common_place({x}) : Place::kHost;
  const View v = view(spec, x.shape(), wanted);
  const float* in = x.read(v.place);
  float* out = y.write(v.place);
  const int64_t channels = v.spec.channels, inner = v.spec.inner;
  if (channels == 0) return;
  for_each_columns(v.spec, [&](int64_t start, int64_t columns) {
    simd().loops.softmax(in + start, channels, inner, columns, out + start);
  });
}

void CpuKernels::softmax_backward(ConstTensor y, ConstTensor dy, const SoftmaxSpec& spec,
                                  Tensor dx) {
  const Place wanted = y.shape() == dx.shape() ? common_place({y, dy}) : Place::kHost;
  const View v = view(spec, y.shape(), wanted);
  const float* top = y.read(v.place);
  const float* gradient = dy.read(v.place);
  float* out = dx.write(v.place);
  const int64_t channels = v.spec.channels, inner = v.spec.inner;
  for_each_columns(v.spec, [&](int64_t start, int64_t columns) {
    double dots[kColumns] = {};
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t at = start + c * inner;
      for (int64_t j = 0; j < columns; ++j) {
        dots[j] += static_cast<double>(top[at + j]) * gradient[at + j];
      }
    }
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t at = start + c * inner;
      for (int64_t j = 0; j < columns; ++j) {
        out[at + j] = static_cast<float>(top[at + j] * (gradient[at + j] - dots[j]));
      }
    }
  });
}

}  // namespace caffe
