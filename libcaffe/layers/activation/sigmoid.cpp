// Sigmoid: y = 1 / (1 + exp(-x))
//
//
// Any shape; in place is allowed.
//
//   layer { name: "prob" type: "Sigmoid" bottom: "x" top: "prob" }
#include "layers/base/elementwise.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

const LayerRegistration<ElementwiseLayer<functor::Sigmoid>> registration("Sigmoid");

}  // namespace
}  // namespace caffe
