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

#include "core/threads.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"
#include "layers/loss/cross_entropy.hpp"

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
    const float* x = bottom[0]->data().read();
    const float* t = bottom[1]->data().read();
    float* gradient = gradient_.data().write();
    const bool ignoring = param().loss_param->has_ignore_label();
    const float ignored = static_cast<float>(param().loss_param->ignore_label);
    const int64_t count = gradient_.count();
    std::vector<uint8_t> counted(static_cast<size_t>(ignoring ? count : 0));
    const double loss = parallel_sum(count, [&](int64_t i) {
      const bool counts = !ignoring || std::trunc(t[i]) != ignored;
      if (ignoring) counted[static_cast<size_t>(i)] = counts;
      gradient[i] = 0;
      if (!counts) return 0.0;
      const CrossEntropy own(x[i], t[i]);
      gradient[i] = own.slope;
      return own.value;
    });
    int64_t valid = ignoring ? 0 : count;
    for (const uint8_t each : counted) valid += each;
    const Shape& shape = bottom[0]->shape();
    const int64_t batch = shape.axes() > 0 ? shape[0] : 1;
    divisor_ = normalization_.divisor(batch, batch > 0 ? count / batch : 0, valid);
    *top[0]->data().write() = static_cast<float>(loss / divisor_);
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
