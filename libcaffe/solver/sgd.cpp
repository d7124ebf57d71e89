// Gradient descent with momentum: h = momentum * h + rate * g, w -= h. The rate is part of the
// history, so a lower rate takes effect gradually.
#include "solver/update_rule.hpp"

namespace caffe {

namespace {

class Sgd : public UpdateRule {
 public:
  using UpdateRule::UpdateRule;

  void update(const UpdateStep& step, Blob& blob, std::span<Blob* const> history) override {
    const SgdSpec spec{step.gradient_scale, step.rate, param().momentum, step.decay, step.l1};
    kernels().sgd_update(spec, blob.data(), blob.diff(), history[0]->data());
  }
};

const UpdateRuleRegistration<Sgd> registration("SGD");

}  // namespace

}  // namespace caffe
