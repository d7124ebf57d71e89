// MultinomialLogisticLoss: the mean logarithmic loss of labels under given probabilities,
//
//   q[n] = max(p[n, label of n], 1e-20)          loss = - sum of log q[n] / N
//   dp[n, label of n] = - loss weight / (N q[n]), all others 0
//
// Bottoms: probabilities, N x anything, all that follows the first axis being classes; N labels
// from 0 on. Top: the loss, a scalar. SoftmaxWithLoss is the same of a softmax, and keeps its
// precision where probabilities are small.
//
//   layer { name: "loss" type: "MultinomialLogisticLoss" bottom: "prob" bottom: "label"
//           top: "loss" }
#include "layers/base/labels.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class MultinomialLogisticLossLayer final : public LossLayer {
 public:
  using LossLayer::LossLayer;

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_one_label_each(bottom);
    const Shape& shape = bottom[0]->shape();
    classes_ = shape.axes() > 0 ? shape.count(1) : 1;
    top[0]->reshape(Shape{});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    labels_.reshape(bottom[1]->shape());
    Labels(*bottom[1], bottom_name(1), classes_).write_to(labels_.data());
    kernels().infogain_loss(bottom[0]->data(), labels_.data(), {}, view(), batch_of(bottom),
                            top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    if (!propagate_down[0]) return;
    const float share = static_cast<float>(loss_weight(top) / batch_of(bottom));
    kernels().multinomial_logistic_backward(bottom[0]->data(), labels_.data(), view(), share,
                                            bottom[0]->diff());
  }

 private:
  SoftmaxSpec view() const { return {labels_.count(), classes_, 1}; }

  int64_t classes_ = 1;
  Blob labels_;  // of the last forward
};

const LayerRegistration<MultinomialLogisticLossLayer> registration("MultinomialLogisticLoss");

}  // namespace
}  // namespace caffe
