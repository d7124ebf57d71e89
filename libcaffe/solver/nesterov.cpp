// Nesterov's accelerated gradient: h' = momentum * h + rate * g,
// w -= (1 + momentum) * h' - momentum * h.
// Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k^2)",
// 1983, in the form of Sutskever et al., "On the importance of initialization and momentum in deep
// learning", 2013.
#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class Nesterov final : public UpdateRule {
 public:
  using UpdateRule::UpdateRule;

 protected:
  UpdateSpec rule(const UpdateStep& step) const override {
    UpdateSpec spec{UpdateSpec::kNesterov};
    spec.rate = step.rate;
    spec.momentum = param().momentum;
    return spec;
  }
};

const UpdateRuleRegistration<Nesterov> registration("Nesterov");

}  // namespace

}  // namespace caffe
