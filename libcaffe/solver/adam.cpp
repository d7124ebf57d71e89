// Adam, with b1 = momentum, b2 = momentum2 and t = iteration + 1: m = b1 * m + (1 - b1) * g,
// v = b2 * v + (1 - b2) * g^2, w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + delta).
// Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2015; in the order of the end of its
// section 2, which corrects the rate instead of m and v, so that delta is not corrected.
#include <cmath>

#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class Adam final : public UpdateRule {
 public:
  explicit Adam(const SolverParameter& param) : UpdateRule(param) {
    check_share("momentum", param.momentum);
    check_share("momentum2", param.momentum2);
    warn_of_zero_delta();
  }

 protected:
  UpdateSpec rule(const UpdateStep& step) const override {
    UpdateSpec spec{UpdateSpec::kAdam};
    spec.momentum = param().momentum;
    spec.momentum2 = param().momentum2;
    spec.delta = param().delta;
    const double t = static_cast<double>(step.iter) + 1;
    spec.rate = static_cast<float>(step.rate * std::sqrt(1 - std::pow(double{spec.momentum2}, t)) /
                                   (1 - std::pow(double{spec.momentum}, t)));
    return spec;
  }
};

const UpdateRuleRegistration<Adam> registration("Adam");

}  // namespace

}  // namespace caffe
