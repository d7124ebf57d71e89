// PReLU: y = max(x, 0) + a * min(x, 0), with a slope a of each channel's own.
//
//   filler          constant 0.25
//   channel_shared  false; true: one slope for all channels
//
// Bottom: N x C x any axes; top: the same shape; in place is allowed. Parameter: the slopes, C of
// them, or one value without axes. At x = 0 the gradient is that of the negative side.
//   He, Zhang, Ren, Sun: "Delving deep into rectifiers: surpassing human-level performance on
//   ImageNet classification", ICCV 2015
//
//   layer { name: "prelu" type: "PReLU" bottom: "conv" top: "conv"
//     prelu_param { filler { value: 0.25 } } }
#include "layers/base/coefficients.hpp"
#include "layers/base/kept_bottom.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class PReluLayer final : public Layer, public ActivationRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    check_axes(bottom);
    const PReLUParameter& wanted = *param().prelu_param;
    FillerParameter filler;
    filler.set_value(0.25f);
    if (wanted.has_filler()) filler = *wanted.filler;
    add_parameter(wanted.channel_shared ? Shape{} : Shape{bottom[0]->shape()[1]}, filler);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_axes(bottom);
    const Shape& shape = bottom[0]->shape();
    view_ = {shape[0], shape[1], shape.count(2)};
    if (param().prelu_param->channel_shared) {
      view_ = {1, 1, shape.count()};
    } else if (shape[1] != blobs()[0]->count()) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape, " must have ", blobs()[0]->count(),
           " channels on axis 1, as many as there are slopes");
    }
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor x = kept_.take(*bottom[0], *top[0], runs_backward());
    kernels().prelu(x, blobs()[0]->data(), view_, top[0]->data());
  }

  Activation activation() const override { return {Activation::kPrelu, 0}; }
  std::vector<float> slopes(int64_t channels) const override {
    const float* values = blobs()[0]->data().read();
    std::vector<float> slopes(values, values + blobs()[0]->count());
    if (param().prelu_param->channel_shared) {
      slopes.assign(static_cast<size_t>(channels), *values);
    }
    return slopes;
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    const Tensor x = kept_.data(*bottom[0], *top[0]), dy = top[0]->diff();
    if (param_propagate_down(0)) {
      kernels().prelu_backward_slopes(x, dy, view_, blobs()[0]->diff());
    }
    if (propagate_down[0]) {
      kernels().prelu_backward(x, blobs()[0]->data(), dy, view_, bottom[0]->diff());
    }
  }

 private:
  void check_axes(const BlobPointers& bottom) const {
    if (bottom[0]->axes() >= 2) return;
    fail(Status::kShape, bottom_name(0), " must have at least 2 axes (N x C), its shape is ",
         bottom[0]->shape());
  }

  ChannelView view_;
  KeptBottom kept_;
};

const LayerRegistration<PReluLayer> registration("PReLU");

}  // namespace
}  // namespace caffe
