// ReLU6: y = min(max(x, 0) + negative_slope * min(x, 0), 6)
//
//   negative_slope  0
//   engine          accepted, means nothing here
//
// Any shape; in place is allowed. At x = 0 the gradient is that of the negative side, at 6 it is 0.
//
// Fork: eric612/MobileNet-YOLO.
//
//   layer { name: "relu" type: "ReLU6" bottom: "conv" top: "conv"
//     relu6_param { negative_slope: 0.1 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class Relu6Layer final : public ElementwiseLayer<functor::Relu6> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    function_.negative_slope = param().relu6_param->negative_slope;
    // As in ReLU, a slope below 0 hides x's sign.
    if (bottom[0] == top[0] && function_.negative_slope < 0) keep_bottom();
  }
};

const LayerRegistration<Relu6Layer> registration("ReLU6");

}  // namespace
}  // namespace caffe
