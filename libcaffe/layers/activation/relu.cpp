// ReLU: y = max(x, 0) + negative_slope * min(x, 0)
//
//   negative_slope  0
//   engine          accepted, means nothing here
//
// Any shape; in place is allowed. At x = 0 the gradient is that of the negative side.
//   Nair, Hinton: "Rectified linear units improve restricted Boltzmann machines", ICML 2010
//
//   layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1"
//           relu_param { negative_slope: 0.1 } }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class ReluLayer final : public Layer, public ActivationRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    negative_slope_ = param().relu_param->negative_slope;
    // In place the gradient looks at y. It has x's sign unless the slope or a later layer turns it
    // round.
    keep_bottom_ = bottom[0] == top[0] && (negative_slope_ < 0 || top_changes(0));
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    top[0]->reshape(bottom[0]->shape());
    if (keep_bottom_) kept_.reshape(bottom[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (keep_bottom_ && runs_backward()) kernels().copy(bottom[0]->data(), kept_.data());
    kernels().relu(bottom[0]->data(), negative_slope_, top[0]->data());
  }

  Activation activation() const override { return {Activation::kRelu, negative_slope_}; }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    kernels().relu_backward(keep_bottom_ ? kept_.data() : bottom[0]->data(), top[0]->diff(),
                            negative_slope_, bottom[0]->diff());
  }

 private:
  float negative_slope_ = 0;
  bool keep_bottom_ = false;
  Blob kept_;
};

const LayerRegistration<ReluLayer> registration("ReLU");

}  // namespace
}  // namespace caffe
