// Log: y = log(shift + scale * x), to a base
//
//   base   -1, which means e; else greater than 0 and not 1
//   scale  1
//   shift  0
//
// Any shape; in place is allowed.
//
//   layer { name: "log" type: "Log" bottom: "x" top: "y" log_param { shift: 1 } }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class LogLayer final : public ElementwiseLayer<functor::Log> {
 public:
  using ElementwiseLayer::ElementwiseLayer;

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    const LogParameter& wanted = *param().log_param;
    const bool natural = wanted.base == -1;
    if (!natural && (!(wanted.base > 0) || wanted.base == 1)) {
      fail(Status::kInvalidArgument,
           "log_param.base must be greater than 0 and not 1, or -1 for e, not ", wanted.base);
    }
    function_ = {natural ? 1 : 1 / std::log(wanted.base), wanted.scale, wanted.shift};
    ElementwiseLayer::init(bottom, top);
  }
};

const LayerRegistration<LogLayer> registration("Log");

}  // namespace
}  // namespace caffe
