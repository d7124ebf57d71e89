// Clip: y = x cut to [min, max]; the gradient passes on the bounds, too.
//
//   min, max  required; with min > max every y is min. Without a clip_param both are 0.
//
// Any shape; in place is allowed.
//
//   layer { name: "clip" type: "Clip" bottom: "x" top: "y" clip_param { min: -1 max: 1 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ClipLayer final : public ElementwiseLayer<functor::Clip> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    function_ = {param().clip_param->min, param().clip_param->max};
    ElementwiseLayer::init(bottom, top);
  }
};

const LayerRegistration<ClipLayer> registration("Clip");

}  // namespace
}  // namespace caffe
