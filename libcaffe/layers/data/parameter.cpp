// Parameter: a parameter as a blob, for other layers to compute with. It starts as zeros.
//
//   shape  required
//
// Top: of that shape. Parameter: the same.
//
//   layer { name: "scale" type: "Parameter" top: "scale" parameter_param { shape { dim: 64 } } }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ParameterLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(0, 1); }

  void init(const BlobPointers&, const BlobPointers&) override {
    blobs().push_back(std::make_shared<Blob>(Shape(param().parameter_param->shape->dim)));
  }

  void reshape(const BlobPointers&, const BlobPointers& top) override {
    top[0]->reshape(blobs()[0]->shape());
  }

  // A copy, so that what works in place on the top leaves the parameter alone.
  void forward(const BlobPointers&, const BlobPointers& top) override {
    kernels().copy(blobs()[0]->data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>&, const BlobPointers&) override {
    if (param_propagate_down(0)) kernels().axpby(1, top[0]->diff(), 1, blobs()[0]->diff());
  }
};

const LayerRegistration<ParameterLayer> registration("Parameter");

}  // namespace
}  // namespace caffe
