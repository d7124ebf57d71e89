// Swish: y = x / (1 + exp(-beta * x))
//
//   beta  1
//
// Any shape; in place is allowed. The gradient is taken from x and y; as in the original, y is what
// later layers in place have left of it.
//   Ramachandran, Zoph, Le: "Searching for activation functions", 2017
//
//   layer { name: "swish1" type: "Swish" bottom: "conv1" top: "conv1" swish_param { beta: 1 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class SwishLayer final : public ElementwiseLayer<functor::Swish> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    function_ = {param().swish_param->beta};
    ElementwiseLayer::init(bottom, top);
  }
};

const LayerRegistration<SwishLayer> registration("Swish");

}  // namespace
}  // namespace caffe
