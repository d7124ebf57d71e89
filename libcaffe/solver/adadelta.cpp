// AdaDelta, with the momentum m as its decay: h = m * h + (1 - m) * g^2,
// s = g * sqrt((u + delta) / (h + delta)), u = m * u + (1 - m) * s^2, w -= rate * s.
// Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.
#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class AdaDelta final : public UpdateRule {
 public:
  explicit AdaDelta(const SolverParameter& param) : UpdateRule(param) {
    check_share("momentum", param.momentum);
    warn_of_zero_delta();
  }

 protected:
  UpdateSpec rule(const UpdateStep& step) const override {
    UpdateSpec spec{UpdateSpec::kAdaDelta};
    spec.rate = step.rate;
    spec.momentum = param().momentum;
    spec.delta = param().delta;
    return spec;
  }
};

const UpdateRuleRegistration<AdaDelta> registration("AdaDelta");

}  // namespace

}  // namespace caffe
