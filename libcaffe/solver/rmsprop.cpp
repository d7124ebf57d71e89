// RMSProp: h = rms_decay * h + (1 - rms_decay) * g^2, w -= rate * g / (sqrt(h) + delta).
// Tieleman, Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class RmsProp final : public UpdateRule {
 public:
  explicit RmsProp(const SolverParameter& param) : UpdateRule(param) {
    refuse_momentum();
    if (!(param.rms_decay >= 0 && param.rms_decay < 1)) {
      fail(Status::kInvalidArgument, "rms_decay must be at least 0 and below 1, it is ",
           param.rms_decay);
    }
  }

 protected:
  UpdateSpec rule(const UpdateStep& step) const override {
    UpdateSpec spec{UpdateSpec::kRmsProp};
    spec.rate = step.rate;
    spec.momentum = param().rms_decay;
    spec.delta = param().delta;
    return spec;
  }
};

const UpdateRuleRegistration<RmsProp> registration("RMSProp");

}  // namespace

}  // namespace caffe
