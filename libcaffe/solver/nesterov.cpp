// Nesterov's accelerated gradient: h' = momentum * h + rate * g,
// w -= (1 + momentum) * h' - momentum * h.
// Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
#include "solver/elementwise_rule.hpp"

namespace caffe {

namespace {

class Nesterov : public UpdateRule {
 public:
  using UpdateRule::UpdateRule;

  void update(const UpdateStep& step, Blob& blob, std::span<Blob* const> history) override {
    const float momentum = param().momentum, rate = step.rate;
    update_values(
        step, blob,
        [=](float gradient, float& h) {
          const float before = h;
          h = momentum * h + rate * gradient;
          return (1 + momentum) * h - momentum * before;
        },
        *history[0]);
  }
};

const UpdateRuleRegistration<Nesterov> registration("Nesterov");

}  // namespace

}  // namespace caffe
