// Adam, with b1 = momentum, b2 = momentum2 and t = iteration + 1: m = b1 * m + (1 - b1) * g,
// v = b2 * v + (1 - b2) * g^2, w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + delta).
// Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2014.
#include "solver/elementwise_rule.hpp"

namespace caffe {

namespace {

class Adam : public UpdateRule {
 public:
  using UpdateRule::UpdateRule;

  size_t histories() const override { return 2; }

  void update(const UpdateStep& step, Blob& blob, std::span<Blob* const> history) override {
    const float b1 = param().momentum, b2 = param().momentum2, delta = param().delta;
    const double t = static_cast<double>(step.iter) + 1;
    const auto rate = static_cast<float>(step.rate * std::sqrt(1 - std::pow(double{b2}, t)) /
                                         (1 - std::pow(double{b1}, t)));
    update_values(
        step, blob,
        [=](float gradient, float& m, float& v) {
          m = b1 * m + (1 - b1) * gradient;
          v = b2 * v + (1 - b2) * gradient * gradient;
          return rate * m / (std::sqrt(v) + delta);
        },
        *history[0], *history[1]);
  }
};

const UpdateRuleRegistration<Adam> registration("Adam");

}  // namespace

}  // namespace caffe
