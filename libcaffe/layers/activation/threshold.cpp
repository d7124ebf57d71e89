// Threshold: y = 1 where x > threshold, else 0
//
//   threshold  0
//
// Any shape; in place is allowed. There is no gradient.
//
//   layer { name: "mask" type: "Threshold" bottom: "x" top: "mask"
//           threshold_param { threshold: 0.5 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ThresholdLayer final : public ElementwiseLayer<functor::Threshold> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers&, const BlobPointers&) override {
    function_ = {param().threshold_param->threshold};
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[0]) Layer::backward(top, propagate_down, bottom);
  }
};

const LayerRegistration<ThresholdLayer> registration("Threshold");

}  // namespace
}  // namespace caffe
