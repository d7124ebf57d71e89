// RMSProp: h = rms_decay * h + (1 - rms_decay) * g^2, w -= rate * g / (sqrt(h) + delta).
// Tieleman, Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class RmsProp final : public UpdateRule {
 public:
  explicit RmsProp(const SolverParameter& param) : UpdateRule(param) {
    refuse_momentum();
    check_share("rms_decay", param.rms_decay);
    warn_of_zero_delta();
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
