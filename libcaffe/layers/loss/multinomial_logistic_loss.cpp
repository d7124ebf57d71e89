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
#include <algorithm>
#include <cmath>

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
    const Labels labels(*bottom[1], bottom_name(1), classes_);
    const float* p = bottom[0]->data().read();
    places_.resize(static_cast<size_t>(bottom[1]->count()));
    likelihoods_.resize(places_.size());
    double loss = 0;
    for (size_t n = 0; n < places_.size(); ++n) {
      const int64_t item = static_cast<int64_t>(n);
      places_[n] = item * classes_ + labels[item];
      likelihoods_[n] = std::max(p[places_[n]], kLeast);
      loss -= std::log(likelihoods_[n]);
    }
    *top[0]->data().write() = static_cast<float>(loss / batch_of(bottom));
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    if (!propagate_down[0]) return;
    const float share = static_cast<float>(loss_weight(top) / batch_of(bottom));
    kernels().fill(0, bottom[0]->diff());
    float* dp = bottom[0]->diff().update();
    for (size_t n = 0; n < places_.size(); ++n) dp[places_[n]] = -share / likelihoods_[n];
  }

 private:
  static constexpr float kLeast = 1e-20f;

  int64_t classes_ = 1;
  std::vector<int64_t> places_;     // where the labels' probabilities lie
  std::vector<float> likelihoods_;  // q
};

const LayerRegistration<MultinomialLogisticLossLayer> registration("MultinomialLogisticLoss");

}  // namespace
}  // namespace caffe
