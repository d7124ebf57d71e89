#include "kernels/cpu/convolution/pointwise.hpp"

#include <algorithm>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/convolution/epilogue.hpp"
#include "kernels/cpu/convolution/forward_only.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr int64_t kRows = RegisterTile::kRows, kColumns = RegisterTile::kColumns;
constexpr int64_t kMostRows = 16 * kRows;  // that go through a panel of weights together

bool all(const std::vector<int64_t>& values, int64_t value) {
  return std::all_of(values.begin(), values.end(), [=](int64_t each) { return each == value; });
}

class PointwiseConvolution final : public ForwardOnlyConvolution {
 public:
  explicit PointwiseConvolution(const ConvolutionSpec& spec)
      : ForwardOnlyConvolution(spec),
        multiply_(simd().multiply_tile),
        channels_(spec.bottom[1]),
        outputs_(spec.top[1]),
        places_(spec.top[0] * spec.top.count(2)),
        blocks_(divide_up(places_, kMostRows)),
        panels_(divide_up(outputs_, kColumns)),
        every_place_(all(spec.stride, 1)) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    pack(w);
    const float* bias = spec_.bias ? b->read() : nullptr;
    const Epilogue epilogue(spec_, fused);
    const ResultRows results(spec_, y);
    // What is gone through again and again: the weights for each block, or the bottom for each
    // panel of them.
    const bool block_by_block = blocks_ * spec_.weights.count() < panels_ * spec_.bottom.count();
    parallel_for(blocks_ * panels_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t block = block_by_block ? i / panels_ : i % blocks_;
        const int64_t panel = block_by_block ? i % panels_ : i / blocks_;
        run(in, block, panel, bias, epilogue, results);
      }
    });
  }

  std::string implementation() const override { return "own 1x1 avx512"; }

 private:
  // Some places with some outputs.
  void run(const float* in, int64_t block, int64_t panel, const float* bias,
           const Epilogue& epilogue, const ResultRows& results) const {
    const TileProduct product{1, channels_, 0, 1, 0, kColumns};
    const int64_t m = panel * kColumns;
    const int columns = static_cast<int>(std::min(kColumns, outputs_ - m));
    const float* weights = packed_.data() + m * channels_;
    const int64_t end = places_ * (block + 1) / blocks_;
    for (int64_t place = places_ * block / blocks_; place < end; place += kRows) {
      const int rows = static_cast<int>(std::min(kRows, end - place));
      const float* a[kRows];
      float* c[kRows];
      for (int r = 0; r < rows; ++r) {
        a[r] = in + bottom_place(place + r) * channels_;
        c[r] = results.first + (place + r) * results.pitch + m;
      }
      multiply_(product, rows, columns, a, weights, bias == nullptr ? nullptr : bias + m, false, c);
      for (int r = 0; r < rows; ++r) {
        const int64_t at = (place + r) * outputs_ + m;
        finish_values(epilogue, epilogue.addend == nullptr ? nullptr : epilogue.addend + at,
                      epilogue.slopes == nullptr ? nullptr : epilogue.slopes + m, columns, c[r]);
      }
    }
  }

  // The place of the bottom, of all images', under one of the top.
  int64_t bottom_place(int64_t place) const {
    if (every_place_) return place;
    int64_t result = 0, scale = 1;
    for (int axis = spec_.top.axes() - 1; axis >= 2; --axis) {
      const auto i = static_cast<size_t>(axis - 2);
      result += place % spec_.top[axis] * spec_.stride[i] * scale;
      place /= spec_.top[axis];
      scale *= spec_.bottom[axis];
    }
    return result + place * scale;
  }

  // A panel has the weights of kColumns outputs, channel by channel.
  void pack(ConstTensor w) {
    const float* weights = w.read();
    if (version_ == w.version()) return;
    packed_.assign(static_cast<size_t>(panels_ * kColumns * channels_), 0.0f);
    parallel_for(outputs_, grain_of(channels_), [&](int64_t begin, int64_t end) {
      for (int64_t m = begin; m < end; ++m) {
        float* to = packed_.data() + m / kColumns * kColumns * channels_ + m % kColumns;
        for (int64_t c = 0; c < channels_; ++c) to[c * kColumns] = weights[m * channels_ + c];
      }
    });
    version_ = w.version();
  }

  const RegisterTile::Multiply multiply_;
  const int64_t channels_, outputs_, places_, blocks_, panels_;
  const bool every_place_;  // of the bottom has one of the top above it
  std::vector<float> packed_;
  uint64_t version_ = 0;
};

}  // namespace

bool pointwise_convolution_suits(const ConvolutionSpec& spec) {
  return simd().multiply_tile != nullptr && !spec.training && !spec.transposed && spec.group == 1 &&
         all(spec.kernel, 1) && all(spec.pad, 0) && spec.bottom.count() > 0 && spec.top.count() > 0;
}

std::unique_ptr<Convolution> pointwise_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<PointwiseConvolution>(spec);
}

}  // namespace caffe
