// AdaGrad: h += g^2, w -= rate * g / (sqrt(h) + delta).
// Duchi, Hazan, Singer, "Adaptive Subgradient Methods", 2011.
#include "solver/elementwise_rule.hpp"

namespace caffe {

namespace {

class AdaGrad : public UpdateRule {
 public:
  AdaGrad(const SolverParameter& param, Kernels& kernels) : UpdateRule(param, kernels) {
    refuse_momentum();
  }

  void update(const UpdateStep& step, Blob& blob, std::span<Blob* const> history) override {
    const float rate = step.rate, delta = param().delta;
    update_values(
        step, blob,
        [=](float gradient, float& h) {
          h += gradient * gradient;
          return rate * gradient / (std::sqrt(h) + delta);
        },
        *history[0]);
  }
};

const UpdateRuleRegistration<AdaGrad> registration("AdaGrad");

}  // namespace

}  // namespace caffe
