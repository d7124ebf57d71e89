// SigmoidCrossEntropyLoss: the cross entropy of targets and the sigmoids of the predictions, each
// value by itself,
//
//   p = 1 / (1 + exp(-x))          loss = - sum of (t log p + (1 - t) log (1 - p)) / normaliser
//   dx = (p - t) * loss weight / normaliser, 0 for ignored values
//
//   loss_param.ignore_label   none: values whose target has this whole part count nothing
//   loss_param.normalization  when it is not given BATCH_SIZE: the normaliser is the first axis;
//                             VALID: the number of values that are not ignored; FULL: of all
//                             values; NONE: 1; PRE_FIXED: pre_fixed_normalizer. At least 1
//   loss_param.normalize      older way to say it
//
// Bottoms: predictions and as many targets, in [0, 1]; they agree in their first axis. Top: the
// loss, a scalar.
//
//   layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "target"
//           top: "loss" loss_param { ignore_label: -1 normalization: VALID } }
#include <cmath>

#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class SigmoidCrossEntropyLossLayer final : public LossLayer {
 public:
  SigmoidCrossEntropyLossLayer(const LayerParameter& param, const LayerContext& context)
      : LossLayer(param, context),
        normalization_(*this->param().loss_param, LossParameter::BATCH_SIZE) {}

  void init(const BlobPointers&, const BlobPointers&) override { reject_class_weights(); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_batches(bottom);
    check_equal_counts(bottom);
    gradient_.reshape(bottom[0]->shape());
    top[0]->reshape(Shape{});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const LossParameter& wanted = *param().loss_param;
    std::optional<float> ignored;
    if (wanted.has_ignore_label()) ignored = static_cast<float>(wanted.ignore_label);
    const int64_t count = gradient_.count();
    int64_t valid = count;
    if (ignored) {  // counted where the targets were made, on the host
      const float* targets = bottom[1]->data().read();
      for (int64_t i = 0; i < count; ++i) valid -= std::trunc(targets[i]) == *ignored;
    }
    const Shape& shape = bottom[0]->shape();
    const int64_t batch = shape.axes() > 0 ? shape[0] : 1;
    divisor_ = normalization_.divisor(batch, batch > 0 ? count / batch : 0, valid);
    kernels().sigmoid_cross_entropy(bottom[0]->data(), bottom[1]->data(), ignored, divisor_,
                                    gradient_.data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    if (!propagate_down[0]) return;
    const float share = static_cast<float>(loss_weight(top) / divisor_);
    kernels().axpby(share, gradient_.data(), 0, bottom[0]->diff());
  }

 private:
  const LossNormalization normalization_;
  double divisor_ = 1;
  Blob gradient_;  // p - t, or 0
};

const LayerRegistration<SigmoidCrossEntropyLossLayer> registration("SigmoidCrossEntropyLoss");

}  // namespace
}  // namespace caffe
