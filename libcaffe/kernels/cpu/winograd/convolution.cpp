#include "kernels/cpu/winograd/convolution.hpp"

#include <algorithm>
#include <optional>

#include "kernels/cpu/onednn/convolution_backward_weights.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/cpu/winograd/gradient.hpp"
#include "kernels/cpu/winograd/pass.hpp"

namespace caffe {

namespace {

constexpr const char* kWhat = "convolution";

int64_t outputs_of(WinogradTile tile) {
  switch (tile) {
    case WinogradTile::kF2x2:
      return 2;
    case WinogradTile::kF4x4:
      return 4;
    case WinogradTile::kF5x5:
      return 5;
    case WinogradTile::kF6x6:
      break;
  }
  return 6;
}

WinogradPlane plane_of(const Shape& shape) {
  return {shape[2], shape[3]};
}

WinogradShape forward_shape(const ConvolutionSpec& spec, WinogradTile tile) {
  return {spec.bottom[0],
          spec.group,
          spec.weights[1],
          spec.top[1] / spec.group,
          plane_of(spec.bottom),
          plane_of(spec.top),
          {spec.pad[0], spec.pad[1]},
          outputs_of(tile),
          spec.kernel[0]};
}

// dx is dy, padded so that every value of x is reached, convolved with the weights rotated by 180
// degrees.
WinogradShape backward_shape(const ConvolutionSpec& spec, WinogradTile tile) {
  WinogradShape shape = forward_shape(spec, tile);
  std::swap(shape.depth, shape.columns);
  std::swap(shape.operand, shape.result);
  shape.pad = {shape.taps - 1 - shape.pad.height, shape.taps - 1 - shape.pad.width};
  return shape;
}

class WinogradConvolution final : public Convolution {
 public:
  WinogradConvolution(const ConvolutionSpec& spec, WinogradTile tile, const Simd& simd)
      : spec_(spec),
        tile_(tile),
        simd_(simd),
        group_weights_(spec.weights.count() / spec.group),
        forward_(forward_shape(spec, tile), simd) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    const float* weights = w.read();
    WinogradResult result;
    if (spec_.bias) result.bias = b->read();
    if (fused.addend) result.addend = fused.addend->as(spec_.top).read(Place::kHostNhwc);
    if (fused.slopes) result.slopes = fused.slopes->read();
    result.activation = spec_.activation;
    if (spec_.joint_channels == 0) {
      result.pitch = spec_.top[1];
      result.values = y.as(spec_.top).write(Place::kHostNhwc);
    } else {
      result.pitch = spec_.joint_channels;
      result.values = y.write_part(Place::kHostNhwc) + spec_.first_channel;
    }
    const int64_t plane = spec_.weights.count(2), depth = spec_.weights[1];
    const auto group = [&](int64_t g) {
      return WinogradWeights{weights + g * group_weights_, depth * plane, plane, false};
    };
    forward_.run(in, group, w.version(), result);
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    if (!backward_) backward_.emplace(backward_shape(spec_, tile_), simd_);
    const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
    const float* weights = w.read();
    WinogradResult result;
    result.pitch = spec_.bottom[1];
    result.values = dx.as(spec_.bottom).write(Place::kHostNhwc);
    const int64_t plane = spec_.weights.count(2), columns = spec_.weights[1];
    const auto group = [&](int64_t g) {
      return WinogradWeights{weights + g * group_weights_, plane, columns * plane, true};
    };
    backward_->run(gradient, group, w.version(), result);
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
    if (few_channels()) {
      onednn::guarded(kWhat, [&] {
        if (!direct_gradient_) direct_gradient_.emplace(spec_);
        direct_gradient_->run(in, gradient, dw, db);
      });
      return;
    }
    if (dw) {
      if (!gradient_) gradient_.emplace(forward_shape(spec_, tile_), simd_);
      const bool add = !dw->empty();
      gradient_->run(in, gradient, add, add ? dw->update() : dw->write());
    }
    if (db) add_bias_gradient(gradient, *db);
  }

  std::string implementation() const override {
    const std::string size = std::to_string(outputs_of(tile_));
    const std::string taps = std::to_string(spec_.kernel[0]);
    return "own Winograd F(" + size + "x" + size + "," + taps + "x" + taps + ") " + simd_.name;
  }

 private:
  // So that most of the products would be with the zeros that fill vectors.
  bool few_channels() const {
    return spec_.weights[1] < kWinogradBlock || spec_.top[1] / spec_.group < kWinogradBlock;
  }

  // The sums over each image, then theirs in order.
  void add_bias_gradient(const float* gradient, const Tensor& db) const {
    const int64_t images = spec_.top[0], outputs = spec_.top[1], places = spec_.top.count(2);
    std::vector<float> sums(static_cast<size_t>(images * outputs));
    share_out(images, [&](int64_t i) {
      simd().loops.add_column_sums(gradient + i * places * outputs, places, outputs, outputs,
                                   sums.data() + i * outputs);
    });
    float* bias = db.update();
    for (int64_t m = 0; m < outputs; ++m) {
      double sum = 0;
      for (int64_t i = 0; i < images; ++i) sum += sums[static_cast<size_t>(i * outputs + m)];
      bias[m] += static_cast<float>(sum);
    }
  }

  const ConvolutionSpec spec_;
  const WinogradTile tile_;
  const Simd& simd_;
  const int64_t group_weights_;
  WinogradPass forward_;
  std::optional<WinogradPass> backward_;
  std::optional<WinogradGradient> gradient_;
  std::optional<onednn::ConvolutionBackwardWeights> direct_gradient_;
};

}  // namespace

bool winograd_suits(const ConvolutionSpec& spec, WinogradTile tile) {
  const auto all = [](const std::vector<int64_t>& values, int64_t value) {
    return values.size() == 2 && values[0] == value && values[1] == value;
  };
  if (spec.bottom.count() == 0 || spec.top.count() == 0) return false;
  if (!all(spec.stride, 1) || !all(spec.dilation, 1)) return false;
  if (spec.pad.size() != 2) return false;
  return all(spec.kernel, 3) || (all(spec.kernel, 5) && outputs_of(tile) <= 4);
}

std::optional<WinogradTile> winograd_for_training(const ConvolutionSpec& spec) {
  if (!winograd_suits(spec, WinogradTile::kF2x2)) return std::nullopt;
  const double channels = static_cast<double>(spec.weights[1]);
  const double outputs = static_cast<double>(spec.top[1] / spec.group);
  if (channels < kWinogradBlock || outputs < kWinogradBlock) return std::nullopt;
  // In products of a channel with an output: a transform of a tile's point or of a value of the
  // weights takes as long as some of them.
  constexpr double kTransform = 10, kWeight = 20;
  const double plane = static_cast<double>(spec.weights.count(2));
  std::optional<WinogradTile> best;
  double least = 0.8 * static_cast<double>(spec.top[0] * spec.top.count(2)) * plane;
  for (const WinogradTile tile : {WinogradTile::kF4x4, WinogradTile::kF5x5, WinogradTile::kF2x2}) {
    const WinogradGrid grid(spec.top[0], plane_of(spec.top), outputs_of(tile));
    if (!winograd_suits(spec, tile)) continue;
    const double n = static_cast<double>(outputs_of(tile) + spec.kernel[0] - 1);
    const double products = static_cast<double>(grid.tiles) * n * n;
    const double cost =
        products * (1 + kTransform / channels + kTransform / outputs) + kWeight * plane;
    if (cost < least) least = cost, best = tile;
  }
  return best;
}

std::unique_ptr<Convolution> winograd_convolution(const ConvolutionSpec& spec, WinogradTile tile,
                                                  const Simd& simd) {
  if (!winograd_suits(spec, tile)) return nullptr;
  return onednn::guarded(kWhat,
                         [&] { return std::make_unique<WinogradConvolution>(spec, tile, simd); });
}

}  // namespace caffe
