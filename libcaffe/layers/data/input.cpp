// Input: tops that the user fills.
//
//   shape  none, one for all tops, or one for each top
//
// Tops: as `shape` says; without one a top holds no values until the user reshapes it.
//
//   layer { name: "data" type: "Input" top: "data"
//           input_param { shape { dim: 1 dim: 3 dim: 227 dim: 227 } } }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class InputLayer final : public Layer, public InputRole {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kServes;
  using Layer::Layer;

  Arity arity() const override { return {0, 0, 1, Arity::kAny, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    const auto& shapes = param().input_param->shape;
    if (shapes.size() > 1 && shapes.size() != top.size()) {
      fail(Status::kInvalidArgument, "input_param.shape is given ", shapes.size(),
           " times; it is wanted once, once for each of the ", top.size(), " tops, or not at all");
    }
    for (size_t i = 0; i < top.size() && !shapes.empty(); ++i) {
      top[i]->reshape(Shape(shapes[shapes.size() == 1 ? 0 : i].dim));
    }
  }

  // The user's reshapes stay.
  void reshape(const BlobPointers&, const BlobPointers&) override {}
  void forward(const BlobPointers&, const BlobPointers&) override {}
  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}
};

const LayerRegistration<InputLayer> registration("Input");

}  // namespace
}  // namespace caffe
