// Power: y = (shift + scale * x) ^ power
//
//   power  1
//   scale  1
//   shift  0
//
// Any shape; in place is allowed.
//
//   layer { name: "square" type: "Power" bottom: "x" top: "y" power_param { power: 2 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class PowerLayer final : public ElementwiseLayer<functor::Power> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    const PowerParameter& wanted = *param().power_param;
    function_ = {wanted.power, wanted.scale, wanted.shift};
    ElementwiseLayer::init(bottom, top);
  }
};

const LayerRegistration<PowerLayer> registration("Power");

}  // namespace
}  // namespace caffe
