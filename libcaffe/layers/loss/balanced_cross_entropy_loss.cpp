// SigmoidCrossEntropyLoss of HED: in each image edges count as much as all the rest,
//
//   p = 1 / (1 + exp(-x))          e = -(t log p + (1 - t) log (1 - p))
//   loss = sum of w e / N, over values with t = 1 or t = 0
//   w = negatives / (positives + negatives) where t = 1, positives / (positives + negatives) where
//   t = 0, of the image
//   dx = w (p - t) * loss weight / N, with w = 1 for other targets
//
// Bottoms: predictions and as many targets; they agree in their first axis, N. Top: the loss, a
// scalar. An image whose targets are all alike has the weights 0.
//   Xie, Tu: "Holistically-nested edge detection", ICCV 2015
//
// Fork: s9xie/hed, with dialect hed: the text is that of the ordinary SigmoidCrossEntropyLoss.
//
//   layer { name: "fuse_loss" type: "SigmoidCrossEntropyLoss" bottom: "upscore-fuse"
//           bottom: "label" top: "fuse_loss" loss_weight: 1 }
#include "core/threads.hpp"
#include "kernels/cross_entropy.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class BalancedCrossEntropyLossLayer final : public LossLayer {
 public:
  using LossLayer::LossLayer;

  void init(const BlobPointers&, const BlobPointers&) override { reject_class_weights(); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_batches(bottom);
    check_equal_counts(bottom);
    gradient_.reshape(bottom[0]->shape());
    top[0]->reshape(Shape{});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    const int64_t items = shape.axes() > 0 ? shape[0] : 1;
    const int64_t values = items > 0 ? shape.count() / items : 0;
    const float* x = bottom[0]->data().read();
    const float* t = bottom[1]->data().read();
    float* gradient = gradient_.data().write();
    double loss = 0;
    for (int64_t n = 0; n < items; ++n, x += values, t += values, gradient += values) {
      const double positives =
          parallel_sum(values, [&](int64_t i) { return t[i] == 1 ? 1.0 : 0.0; });
      const double negatives =
          parallel_sum(values, [&](int64_t i) { return t[i] == 0 ? 1.0 : 0.0; });
      const double all = positives + negatives;
      const float edge = all > 0 ? static_cast<float>(negatives / all) : 0;
      const float other = all > 0 ? static_cast<float>(positives / all) : 0;
      loss += parallel_sum(values, [&](int64_t i) {
        const CrossEntropy own(x[i], t[i]);
        const bool counts = t[i] == 1 || t[i] == 0;
        const float weight = t[i] == 1 ? edge : t[i] == 0 ? other : 1;
        gradient[i] = weight * own.slope;
        return counts ? weight * own.value : 0.0;
      });
    }
    *top[0]->data().write() = static_cast<float>(loss / batch_of(bottom));
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    if (!propagate_down[0]) return;
    const float share = static_cast<float>(loss_weight(top) / batch_of(bottom));
    kernels().axpby(share, gradient_.data(), 0, bottom[0]->diff());
  }

 private:
  Blob gradient_;  // w (p - t)
};

const LayerRegistration<BalancedCrossEntropyLossLayer> registration("SigmoidCrossEntropyLoss",
                                                                    {"hed"});

}  // namespace
}  // namespace caffe
