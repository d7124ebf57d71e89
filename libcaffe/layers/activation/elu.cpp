// ELU: y = x where x > 0, else alpha * (exp(x) - 1)
//
//   alpha  1
//
// Any shape; in place is allowed. At x = 0 the gradient is that of the negative side.
//   Clevert, Unterthiner, Hochreiter: "Fast and accurate deep network learning by exponential
//   linear units (ELUs)", ICLR 2016
//
//   layer { name: "elu1" type: "ELU" bottom: "conv1" top: "conv1" elu_param { alpha: 1 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"

namespace caffe {
namespace {

class EluLayer final : public ElementwiseLayer<functor::Elu>, public ActivationRole {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    function_ = {param().elu_param->alpha};
    // The sign of y is x's unless alpha turns it round.
    if (bottom[0] == top[0] && function_.alpha < 0) keep_bottom();
  }

  Activation activation() const override { return {Activation::kElu, function_.alpha}; }
};

const LayerRegistration<EluLayer> registration("ELU");

}  // namespace
}  // namespace caffe
