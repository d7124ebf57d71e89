// Softmax: y = exp(x) / sum of exp(x) along one axis, with the maximum taken off first.
//
//   axis    1
//   engine  accepted, means nothing here
//
// Any shape that has the axis; in place is allowed.
//
//   layer { name: "prob" type: "Softmax" bottom: "fc8" top: "prob" }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class SoftmaxLayer final : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const int axis = bottom_axis(bottom, 0, param().softmax_param->axis, "softmax_param.axis");
    const Shape& shape = bottom[0]->shape();
    spec_ = {shape.count(0, axis), shape[axis], shape.count(axis + 1)};
    top[0]->reshape(shape);
    if (top_changes(0)) kept_.reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().softmax(bottom[0]->data(), spec_, top[0]->data());
    if (top_changes(0) && runs_backward()) kernels().copy(top[0]->data(), kept_.data());
  }

  // The maximum, the difference to it, exp, the sum and the quotient.
  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    return 5 * top[0]->count();
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Tensor y = (top_changes(0) ? kept_ : *top[0]).data();
    kernels().softmax_backward(y, top[0]->diff(), spec_, bottom[0]->diff());
  }

 private:
  SoftmaxSpec spec_;
  Blob kept_;  // y, when a later layer overwrites it
};

const LayerRegistration<SoftmaxLayer> registration("Softmax");

}  // namespace
}  // namespace caffe
