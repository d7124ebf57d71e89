// AdaGrad: h += g^2, w -= rate * g / (sqrt(h) + delta).
// Duchi, Hazan, Singer, "Adaptive Subgradient Methods", 2011.
#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class AdaGrad final : public UpdateRule {
 public:
  explicit AdaGrad(const SolverParameter& param) : UpdateRule(param) {
    refuse_momentum();
    warn_of_zero_delta();
  }

 protected:
  UpdateSpec rule(const UpdateStep& step) const override {
    UpdateSpec spec{UpdateSpec::kAdaGrad};
    spec.rate = step.rate;
    spec.delta = param().delta;
    return spec;
  }
};

const UpdateRuleRegistration<AdaGrad> registration("AdaGrad");

}  // namespace

}  // namespace caffe
