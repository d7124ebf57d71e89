// Exp: y = base ^ (shift + scale * x)
//
//   base   -1, which means e; else greater than 0
//   scale  1
//   shift  0
//
// Any shape; in place is allowed.
//
//   layer { name: "exp" type: "Exp" bottom: "x" top: "y" exp_param { base: 2 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ExpLayer final : public ElementwiseLayer<functor::Exp> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    const ExpParameter& wanted = *param().exp_param;
    const bool natural = wanted.base == -1;
    if (!natural && !(wanted.base > 0)) {
      fail(Status::kInvalidArgument, "exp_param.base must be greater than 0, or -1 for e, not ",
           wanted.base);
    }
    const float log_base = natural ? 1 : std::log(wanted.base);
    const float outer = natural ? std::exp(wanted.shift) : std::pow(wanted.base, wanted.shift);
    function_ = {log_base * wanted.scale, outer};
    ElementwiseLayer::init(bottom, top);
  }
};

const LayerRegistration<ExpLayer> registration("Exp");

}  // namespace
}  // namespace caffe
