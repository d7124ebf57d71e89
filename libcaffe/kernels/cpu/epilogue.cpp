#include "kernels/cpu/epilogue.hpp"

#include <cmath>
#include <vector>

#include "core/threads.hpp"
#include "kernels/functors.hpp"

namespace caffe {

namespace {

template <class Function>
void finish_row(const float* sums, const float* addend, int64_t channels, const Function& function,
                float* y) {
  if (addend == nullptr) {
    for (int64_t c = 0; c < channels; ++c) y[c] = function(sums[c], c);
  } else {
    for (int64_t c = 0; c < channels; ++c) y[c] = function(sums[c] + addend[c], c);
  }
}

}  // namespace

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
  const float slope = epilogue.activation.slope;
  parallel_for(rows, grain_of(channels), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* from = sums + row * channels;
      const float* addend = epilogue.addend == nullptr ? nullptr : epilogue.addend + row * channels;
      float* y = results.first + row * results.pitch;
      switch (epilogue.activation.kind) {
        case Activation::kNone:
          finish_row(
              from, addend, channels, [](float x, int64_t) { return x; }, y);
          break;
        case Activation::kRelu: {
          const functor::Relu relu{slope};
          finish_row(
              from, addend, channels, [&](float x, int64_t) { return relu(x); }, y);
          break;
        }
        case Activation::kPrelu: {
          const float* slopes = epilogue.slopes;
          const auto prelu = [=](float x, int64_t c) { return functor::Relu{slopes[c]}(x); };
          finish_row(from, addend, channels, prelu, y);
          break;
        }
        case Activation::kElu: {
          const auto elu = [=](float x, int64_t) { return x > 0 ? x : slope * std::expm1(x); };
          finish_row(from, addend, channels, elu, y);
          break;
        }
      }
    }
  });
}

}  // namespace caffe
