#include "kernels/cpu/convolution/depthwise.hpp"

#include <algorithm>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/convolution/epilogue.hpp"
#include "kernels/cpu/convolution/forward_only.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

// Places of a kernel along an axis, [begin, end).
struct Range {
  int64_t begin, end;
};

class DepthwiseConvolution final : public ForwardOnlyConvolution {
 public:
  explicit DepthwiseConvolution(const ConvolutionSpec& spec)
      : ForwardOnlyConvolution(spec), channels_(spec.bottom[1]) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    pack(w);
    const float* bias = spec_.bias ? b->read() : nullptr;
    const Epilogue epilogue(spec_, fused);
    const ResultRows results(spec_, y);
    const int64_t width = spec_.top[3], work = width * channels_ * spec_.weights.count(2);
    parallel_for(spec_.top[0] * spec_.top[2], grain_of(work / 4), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        run_row(in, row, bias, {results.first + row * width * results.pitch, results.pitch});
        for (int64_t place = row * width; place < (row + 1) * width; ++place) {
          const float* addend = epilogue.addend;
          finish_values(epilogue, addend == nullptr ? nullptr : addend + place * channels_,
                        epilogue.slopes, channels_, results.first + place * results.pitch);
        }
      }
    });
  }

  std::string implementation() const override {
    return std::string("own depthwise ") + simd().name;
  }

 private:
  // Which places of the kernel lie over the bottom at place `at` of the top.
  Range taps(size_t axis, int64_t at) const {
    const int dim = static_cast<int>(axis) + 2;
    const int64_t first = at * spec_.stride[axis] - spec_.pad[axis], step = spec_.dilation[axis];
    const int64_t outside = first < 0 ? divide_up(-first, step) : 0;
    const int64_t begin = std::min(outside, spec_.kernel[axis]);
    // What lies from `first` on.
    const int64_t behind = std::max<int64_t>(spec_.bottom[dim] - first, 0);
    const int64_t end = std::min(spec_.kernel[axis], divide_up(behind, step));
    return {begin, std::max(begin, end)};
  }

  // A row of the top, by runs of places over which the same places of the kernel lie.
  void run_row(const float* in, int64_t row, const float* bias, const ResultRows& results) const {
    const int64_t width = spec_.bottom[3], image = row / spec_.top[2], at = row % spec_.top[2];
    const Range rows = taps(0, at);
    const int64_t top_row = at * spec_.stride[0] - spec_.pad[0] + rows.begin * spec_.dilation[0];
    const float* from = in + (image * spec_.bottom[2] + top_row) * width * channels_;
    for (int64_t j = 0; j < spec_.top[3];) {
      const Range columns = taps(1, j);
      int64_t end = j + 1;
      while (end < spec_.top[3] && taps(1, end).begin == columns.begin &&
             taps(1, end).end == columns.end) {
        ++end;
      }
      const int64_t left = j * spec_.stride[1] - spec_.pad[1] + columns.begin * spec_.dilation[1];
      const DepthwiseRow run{channels_,
                             rows.end - rows.begin,
                             columns.end - columns.begin,
                             spec_.dilation[0] * width * channels_,
                             spec_.dilation[1] * channels_,
                             spec_.kernel[1] * channels_,
                             spec_.stride[1] * channels_,
                             results.pitch,
                             end - j};
      simd().loops.depthwise(
          run, from + left * channels_,
          packed_.data() + (rows.begin * spec_.kernel[1] + columns.begin) * channels_, bias,
          results.first + j * results.pitch);
      j = end;
    }
  }

  // Users' weights are channel by channel; neighbours in a vector are channels, so that each place
  // of the kernel has those of all channels side by side.
  void pack(ConstTensor w) {
    if (version_ == w.version()) return;
    const float* weights = w.read();
    const int64_t places = spec_.weights.count(2);
    packed_.resize(static_cast<size_t>(places * channels_));
    for (int64_t c = 0; c < channels_; ++c) {
      for (int64_t k = 0; k < places; ++k) {
        packed_[static_cast<size_t>(k * channels_ + c)] = weights[c * places + k];
      }
    }
    version_ = w.version();
  }

  const int64_t channels_;
  std::vector<float> packed_;
  uint64_t version_ = 0;
};

}  // namespace

bool depthwise_convolution_suits(const ConvolutionSpec& spec) {
  return !spec.training && !spec.transposed && spec.kernel.size() == 2 && spec.group > 1 &&
         spec.group == spec.bottom[1] && spec.group == spec.top[1] && spec.bottom.count() > 0 &&
         spec.top.count() > 0;
}

std::unique_ptr<Convolution> depthwise_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<DepthwiseConvolution>(spec);
}

}  // namespace caffe
