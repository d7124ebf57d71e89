// Each policy against its formula.
#include "solver/learning_rate.hpp"

#include <functional>

#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

SolverParameter solver(const std::string& text) {
  SolverParameter param;
  parse_text(text, param);
  return param;
}

// Runs the policy from iteration 0, as a training does.
void check_rates(const std::string& text, const std::function<double(int)>& formula) {
  const SolverParameter param = solver(text);
  check_policy(param);
  int step = 0;
  for (int iter = 0; iter < 40; ++iter) {
    const LearningRate now = learning_rate(param, iter, step);
    step = now.step;
    CHECK_NEAR(now.rate, formula(iter), 1e-5, 1e-9);
  }
}

TEST(policy_fixed) {
  check_rates("lr_policy: 'fixed' base_lr: 0.3", [](int) { return 0.3; });
}

TEST(policy_step) {
  check_rates("lr_policy: 'step' base_lr: 2 gamma: 0.5 stepsize: 7",
              [](int iter) { return 2 * std::pow(0.5, iter / 7); });
}

TEST(policy_multistep) {
  check_rates("lr_policy: 'multistep' base_lr: 1 gamma: 0.1 stepvalue: 3 stepvalue: 20",
              [](int iter) { return std::pow(0.1, (iter >= 3) + (iter >= 20)); });
}

TEST(policy_multistep_moves_once_an_iteration) {
  check_rates("lr_policy: 'multistep' base_lr: 1 gamma: 0.5 stepvalue: 5 stepvalue: 5",
              [](int iter) { return std::pow(0.5, (iter >= 5) + (iter >= 6)); });
}

TEST(policy_exp) {
  check_rates("lr_policy: 'exp' base_lr: 0.2 gamma: 0.9",
              [](int iter) { return 0.2 * std::pow(0.9, iter); });
}

TEST(policy_inv) {
  check_rates("lr_policy: 'inv' base_lr: 0.01 gamma: 0.1 power: 0.75",
              [](int iter) { return 0.01 * std::pow(1 + 0.1 * iter, -0.75); });
}

TEST(policy_poly_ends_at_zero) {
  check_rates("lr_policy: 'poly' base_lr: 1 power: 0.5 max_iter: 30",
              [](int iter) { return iter < 30 ? std::sqrt(1 - iter / 30.0) : 0; });
}

TEST(policy_sigmoid) {
  check_rates("lr_policy: 'sigmoid' base_lr: 1 gamma: 0.4 stepsize: 12",
              [](int iter) { return 1 / (1 + std::exp(-0.4 * (iter - 12))); });
}

void check_refused(const std::string& text, const std::string& part) {
  CHECK_FAILS(Status::kInvalidArgument, part, check_policy(solver(text)));
}

TEST(policies_that_cannot_work) {
  check_refused("base_lr: 1", "lr_policy is missing (one of exp, fixed, inv,");
  check_refused("lr_policy: 'fxed'", "did you mean \"fixed\"?");
  check_refused("lr_policy: 'step' gamma: 0.1", "\"step\" needs a stepsize above 0, it is 0");
  check_refused("lr_policy: 'sigmoid' gamma: 1", "\"sigmoid\" needs a stepsize above 0");
  check_refused("lr_policy: 'sigmoid' gamma: -1 stepsize: 3", "gamma of 0 or more, it is -1");
  check_refused("lr_policy: 'poly' power: 1", "\"poly\" needs a max_iter above 0");
}

}  // namespace
}  // namespace caffe
