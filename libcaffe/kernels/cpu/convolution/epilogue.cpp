#include "kernels/cpu/convolution/epilogue.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/functors.hpp"

namespace caffe {

Shape joint_shape(const ConvolutionSpec& spec) {
  if (spec.joint_channels == 0) return spec.top;
  std::vector<int64_t> dims = spec.top.dims();
  dims[1] = spec.joint_channels;
  return Shape(dims);
}

Epilogue::Epilogue(const ConvolutionSpec& spec, const FusedOperands& fused)
    : activation(spec.activation) {
  if (fused.addend) addend = fused.addend->as(spec.top).read(Place::kHostNhwc);
  if (fused.slopes) slopes = fused.slopes->read();
}

ResultRows::ResultRows(const ConvolutionSpec& spec, const Tensor& y) {
  if (spec.joint_channels == 0) {
    first = y.as(spec.top).write(Place::kHostNhwc);
    pitch = spec.top[1];
  } else {
    const Shape shape = joint_shape(spec);
    first = y.as(shape).write_part(Place::kHostNhwc) + spec.first_channel;
    pitch = spec.joint_channels;
  }
}

void finish(const Epilogue& epilogue, const float* sums, int64_t rows, int64_t channels,
            const ResultRows& results) {
  const bool nothing = epilogue.addend == nullptr && epilogue.activation.kind == Activation::kNone;
  if (nothing && sums == results.first) return;
  parallel_for(rows, grain_of(channels), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* from = sums + row * channels;
      float* y = results.first + row * results.pitch;
      if (from != y) std::copy_n(from, channels, y);
      finish_values(epilogue,
                    epilogue.addend == nullptr ? nullptr : epilogue.addend + row * channels,
                    epilogue.slopes, channels, y);
    }
  });
}

void finish_values(const Epilogue& epilogue, const float* addend, const float* slopes,
                   int64_t count, float* values) {
  if (addend != nullptr) simd().loops.axpby(1, addend, 1, values, count);
  const float slope = epilogue.activation.slope;
  switch (epilogue.activation.kind) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      simd().loops.relu(values, slope, values, count);
      break;
    case Activation::kPrelu:
      for (int64_t c = 0; c < count; ++c) values[c] = functor::Relu{slopes[c]}(values[c]);
      break;
    case Activation::kElu:
      for (int64_t c = 0; c < count; ++c) {
        values[c] = values[c] > 0 ? values[c] : slope * std::expm1(values[c]);
      }
      break;
  }
}

}  // namespace caffe
