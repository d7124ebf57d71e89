// RMSProp: h = rms_decay * h + (1 - rms_decay) * g^2, w -= rate * g / (sqrt(h) + delta).
// Tieleman, Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
#include "solver/elementwise_rule.hpp"

namespace caffe {

namespace {

class RmsProp : public UpdateRule {
 public:
  RmsProp(const SolverParameter& param, Kernels& kernels) : UpdateRule(param, kernels) {
    refuse_momentum();
    if (!(param.rms_decay >= 0 && param.rms_decay < 1)) {
      fail(Status::kInvalidArgument, "rms_decay must be at least 0 and below 1, it is ",
           param.rms_decay);
    }
  }

  void update(const UpdateStep& step, Blob& blob, std::span<Blob* const> history) override {
    const float rate = step.rate, delta = param().delta, decay = param().rms_decay;
    update_values(
        step, blob,
        [=](float gradient, float& h) {
          h = decay * h + (1 - decay) * gradient * gradient;
          return rate * gradient / (std::sqrt(h) + delta);
        },
        *history[0]);
  }
};

const UpdateRuleRegistration<RmsProp> registration("RMSProp");

}  // namespace

}  // namespace caffe
