// Split: several tops that are the bottom; nets put it where one blob has several readers.
//
//   top[i] = bottom          d(bottom) = sum over i of d(top[i])
//
// The tops share the bottom's values, so a forward costs nothing; not in place.
//
//   layer { name: "twice" type: "Split" bottom: "x" top: "x1" top: "x2" }
#include "layers/layer.hpp"
#include "layers/roles.hpp"

namespace caffe {
namespace {

class SplitLayer final : public Layer, public AliasRole {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, 1, 1, Arity::kAny, false}; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    for (Blob* each : top) {
      each->reshape(bottom[0]->shape());
      each->share_data(*bottom[0]);
    }
  }

  void forward(const BlobPointers&, const BlobPointers&) override {}

  int64_t flops(const BlobPointers&, const BlobPointers&) const override { return 0; }  // copies

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    bool first = true;
    for (Blob* each : top) {
      if (each->diff_storage()->empty()) continue;  // nobody gave it a gradient: zeros
      if (first) {
        kernels().copy(each->diff(), bottom[0]->diff());
      } else {
        kernels().axpby(1, each->diff(), 1, bottom[0]->diff());
      }
      first = false;
    }
    if (first) kernels().fill(0, bottom[0]->diff());
  }
};

const LayerRegistration<SplitLayer> registration("Split");

}  // namespace
}  // namespace caffe
