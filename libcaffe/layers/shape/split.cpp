// Split: several tops that are the bottom; nets put it where one blob has several readers.
//
//   top[i] = bottom          d(bottom) = sum over i of d(top[i])
//
// The tops share the bottom's values, so a forward costs nothing; one that a layer works on in
// place is a copy. Not in place.
//
//   layer { name: "twice" type: "Split" bottom: "x" top: "x1" top: "x2" }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class SplitLayer final : public Layer, public AliasRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return {1, 1, 1, Arity::kAny, false}; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    for (size_t i = 0; i < top.size(); ++i) {
      top[i]->reshape(bottom[0]->shape());
      if (!top_changes(i)) top[i]->share_data(*bottom[0]);
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    for (size_t i = 0; i < top.size(); ++i) {
      if (top_changes(i)) kernels().copy(bottom[0]->data(), top[i]->data());
    }
  }

  int64_t flops(const BlobPointers&, const BlobPointers&) const override { return 0; }  // copies

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    std::vector<ConstTensor> gradients;
    for (const Blob* each : top) {
      // Nobody gives some a gradient: zeros.
      if (!each->diff().empty()) gradients.push_back(each->diff());
    }
    if (gradients.empty()) return bottom[0]->diff().clear();
    kernels().weighted_sum(gradients, std::vector<float>(gradients.size(), 1), bottom[0]->diff());
  }
};

const LayerRegistration<SplitLayer> registration("Split");

}  // namespace
}  // namespace caffe
