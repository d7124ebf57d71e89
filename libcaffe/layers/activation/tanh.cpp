// TanH: y = (exp(2x) - 1) / (exp(2x) + 1)
//
//
// Any shape; in place is allowed.
//
//   layer { name: "tanh1" type: "TanH" bottom: "ip1" top: "ip1" }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

const LayerRegistration<ElementwiseLayer<functor::Tanh>> registration("TanH");

}  // namespace
}  // namespace caffe
