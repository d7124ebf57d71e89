// Each policy against its formula.
#include "solver/learning_rate.hpp"

#include <cmath>
#include <functional>
#include <limits>

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
  PolicyMemory memory;
  for (int iter = 0; iter < 40; ++iter) {
    const LearningRate now = learning_rate(param, iter, memory);
    memory = now.memory;
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

TEST(policy_sigmoid_falls_with_a_negative_gamma) {
  check_rates("lr_policy: 'sigmoid' base_lr: 0.1 gamma: -0.3 stepsize: 20",
              [](int iter) { return 0.1 / (1 + std::exp(0.3 * (iter - 20))); });
  check_rates("lr_policy: 'sigmoid' base_lr: 0.1 gamma: -0.3",
              [](int iter) { return 0.1 / (1 + std::exp(0.3 * iter)); });
}

TEST(policy_multifixed) {
  const auto expected = [](int iter) { return iter <= 5 ? 0.1 : iter <= 10 ? 0.01 : 0.002; };
  const std::string stages = "stagelr: 0.1 stageiter: 5 stagelr: 0.01 stageiter: 10 ";
  check_rates("lr_policy: 'multifixed' " + stages + "stagelr: 0.002 stageiter: 12", expected);
}

// The rates of a training whose losses are these.
std::vector<float> plateau_rates(const std::string& text, const std::vector<float>& losses) {
  const SolverParameter param = solver("lr_policy: 'plateau' base_lr: 1 gamma: 0.5 " + text);
  check_policy(param);
  PolicyMemory memory;
  std::vector<float> rates;
  for (size_t iter = 0; iter < losses.size(); ++iter) {
    const auto now = learning_rate(param, static_cast<int64_t>(iter), memory, losses[iter]);
    memory = now.memory;
    rates.push_back(now.rate);
  }
  return rates;
}

TEST(policy_plateau_lowers_when_the_loss_does_not_fall) {
  // The least loss is that of iteration 1; two iterations later there is a step, three after that
  // the second and last one.
  CHECK(plateau_rates("plateau_winsize: 2 plateau_winsize: 3", {5, 4, 4, 4, 4, 4, 4, 4, 9}) ==
        (std::vector<float>{1, 1, 1, 0.5f, 0.5f, 0.5f, 0.25f, 0.25f, 0.25f}));
  CHECK(plateau_rates("plateau_winsize: 2", {5, 4, 3, 2, 1, 0}) == std::vector<float>(6, 1.0f));
  CHECK(plateau_rates("", {1, 1, 1, 1}) == std::vector<float>(4, 1.0f));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(plateau_rates("plateau_winsize: 2", {nan, nan, nan}) == (std::vector<float>{1, 1, 0.5f}));
}

TEST(policy_plateau_waits_where_the_loss_is_not_known) {
  const SolverParameter param =
      solver("lr_policy: 'plateau' base_lr: 1 gamma: 0.5 plateau_winsize: 1");
  const LearningRate now = learning_rate(param, 9, {});
  CHECK_EQ(now.rate, 1.0f);
  CHECK_EQ(now.memory.step, 0);
  CHECK_EQ(now.memory.last_event, 0);
}

TEST(rates_rise_from_warmup_start_lr) {
  check_rates("lr_policy: 'exp' base_lr: 1 gamma: 0.9 warmup_iter: 10 warmup_start_lr: 0.2",
              [](int iter) { return iter < 10 ? 0.2 + 0.08 * iter : std::pow(0.9, iter); });
}

// The policy is not asked during the warm-up: the step of iteration 3 is taken behind it.
TEST(multistep_waits_for_the_end_of_the_warmup) {
  check_rates(
      "lr_policy: 'multistep' base_lr: 1 gamma: 0.5 stepvalue: 3 stepvalue: 4 warmup_iter: 8",
      [](int iter) { return iter < 8    ? iter / 8.0
                            : iter == 8 ? 0.5
                                        : 0.25; });
}

TEST(rates_rise_from_rampup_lr) {
  check_rates("lr_policy: 'fixed' base_lr: 1 rampup_interval: 5 rampup_lr: 0.5",
              [](int iter) { return iter < 5 ? 0.5 + 0.5 * iter * iter / 25 : 1.0; });
}

TEST(rates_do_not_fall_below_min_lr) {
  check_rates("lr_policy: 'poly' base_lr: 1 power: 2 max_iter: 30 min_lr: 0.1", [](int iter) {
    return iter < 30 ? 0.1 + 0.9 * (1 - iter / 30.0) * (1 - iter / 30.0) : 0.1;
  });
  check_rates("lr_policy: 'exp' base_lr: 1 gamma: 0.5 min_lr: 0.1",
              [](int iter) { return std::max(0.1, std::pow(0.5, iter)); });
}

void check_refused(const std::string& text, const std::string& part) {
  CHECK_FAILS(Status::kInvalidArgument, part, check_policy(solver(text)));
}

TEST(policies_that_cannot_work) {
  check_refused("base_lr: 1", "lr_policy is missing (one of exp, fixed, inv,");
  check_refused("lr_policy: 'fxed'", "did you mean \"fixed\"?");
  check_refused("lr_policy: 'step' gamma: 0.1", "\"step\" needs a stepsize above 0, it is 0");
  check_refused("lr_policy: 'multifixed' base_lr: 1", "there are 0 stagelr and 0 stageiter");
  check_refused("lr_policy: 'multifixed' stagelr: 1 stagelr: 2 stageiter: 3",
                "there are 2 stagelr and 1 stageiter");
  check_refused("lr_policy: 'fixed' base_lr: 1 warmup_iter: 1 rampup_interval: 1", "give one");
  check_refused("lr_policy: 'poly' max_iter: 9 base_lr: 0.1 min_lr: 0.2",
                "more than base_lr, which is 0.1");
  check_refused("lr_policy: 'poly' power: 1", "\"poly\" needs a max_iter above 0");
}

}  // namespace
}  // namespace caffe
