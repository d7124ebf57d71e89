// Gradient descent with momentum: h = momentum * h + rate * g, w -= h. The rate is part of the
// history, so a lower rate takes effect gradually.
// Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class Sgd final : public UpdateRule {
 public:
  using UpdateRule::UpdateRule;

 protected:
  UpdateSpec rule(const UpdateStep& step) const override {
    UpdateSpec spec{UpdateSpec::kSgd};
    spec.rate = step.rate;
    spec.momentum = param().momentum;
    return spec;
  }
};

const UpdateRuleRegistration<Sgd> registration("SGD");

}  // namespace

}  // namespace caffe
