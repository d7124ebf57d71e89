// BNLL: y = log(1 + exp(x)), the binomial normal log likelihood (softplus).
//
// Any shape; in place is allowed.
//
//   layer { name: "bnll" type: "BNLL" bottom: "x" top: "y" }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

const LayerRegistration<ElementwiseLayer<functor::Bnll>> registration("BNLL");

}  // namespace
}  // namespace caffe
