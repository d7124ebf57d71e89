#include "kernels/cpu/winograd/convolution.hpp"

#include <algorithm>
#include <optional>

#include "kernels/cpu/convolution/direct.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/cpu/winograd/gradient.hpp"
#include "kernels/cpu/winograd/pass.hpp"

namespace caffe {

namespace {

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
          winograd_outputs(tile),
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
    if (few_channels()) {
      if (direct_ == nullptr) direct_ = direct_convolution(spec_);
      return direct_->backward_weights(x, dy, dw, db);
    }
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
    if (dw) {
      if (!gradient_) gradient_.emplace(forward_shape(spec_, tile_), simd_);
      const bool add = !dw->empty();
      gradient_->run(in, gradient, add, add ? dw->update() : dw->write());
    }
    if (db) add_bias_gradient(gradient, *db);
  }

  std::string implementation() const override {
    const std::string size = std::to_string(winograd_outputs(tile_));
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
  std::unique_ptr<Convolution> direct_;  // for the gradient of few channels
};

}  // namespace

std::unique_ptr<Convolution> winograd_convolution(const ConvolutionSpec& spec, WinogradTile tile,
                                                  const Simd& simd) {
  if (!winograd_suits(spec, tile)) return nullptr;
  return std::make_unique<WinogradConvolution>(spec, tile, simd);
}

}  // namespace caffe
