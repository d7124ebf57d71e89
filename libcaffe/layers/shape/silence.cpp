// Silence: takes any number of bottoms, so that they are no outputs of the net.
//
//   d(bottom) = 0
//
//   layer { name: "unused" type: "Silence" bottom: "label" }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class SilenceLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 0, 0, false}; }
  void reshape(const BlobPointers&, const BlobPointers&) override {}
  void forward(const BlobPointers&, const BlobPointers&) override {}

  int64_t flops(const BlobPointers&, const BlobPointers&) const override { return 0; }  // copies

  void backward(const BlobPointers&, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) kernels().fill(0, bottom[i]->diff());
    }
  }
};

const LayerRegistration<SilenceLayer> registration("Silence");

}  // namespace
}  // namespace caffe
