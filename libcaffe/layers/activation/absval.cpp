// AbsVal: y = |x|, with gradient 0 at 0. Any shape; not in place.
//
//   layer { name: "abs" type: "AbsVal" bottom: "x" top: "y" }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class AbsValLayer final : public ElementwiseLayer<functor::AbsVal> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
  }
};

const LayerRegistration<AbsValLayer> registration("AbsVal");

}  // namespace
}  // namespace caffe
