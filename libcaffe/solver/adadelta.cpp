// AdaDelta, with the momentum m as its decay: h = m * h + (1 - m) * g^2,
// s = g * sqrt((u + delta) / (h + delta)), u = m * u + (1 - m) * s^2, w -= rate * s.
// Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.
#include "solver/elementwise_rule.hpp"

namespace caffe {

namespace {

class AdaDelta : public UpdateRule {
 public:
  using UpdateRule::UpdateRule;

  size_t histories() const override { return 2; }

  void update(const UpdateStep& step, Blob& blob, std::span<Blob* const> history) override {
    const float rate = step.rate, delta = param().delta, momentum = param().momentum;
    update_values(
        step, blob,
        [=](float gradient, float& h, float& u) {
          h = momentum * h + (1 - momentum) * gradient * gradient;
          const float change = gradient * std::sqrt((u + delta) / (h + delta));
          u = momentum * u + (1 - momentum) * change * change;
          return rate * change;
        },
        *history[0], *history[1]);
  }
};

const UpdateRuleRegistration<AdaDelta> registration("AdaDelta");

}  // namespace

}  // namespace caffe
