// Each update rule on one parameter over several steps, against its formula in double precision.
#include <functional>

#include "schema/text.hpp"
#include "solver/update_rule.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

struct Values {
  double data, gradient, first, second;  // `gradient` is scaled and decayed
};

// What a step does to one value, written down from the rule's paper.
using Formula = std::function<void(Values&, double rate, int iter)>;

constexpr int kCount = 5;

float start_value(int i) {
  return 0.5f * static_cast<float>(i - 2);
}
float gradient_value(int i, int iter) {
  return 0.3f * static_cast<float>((i * 7 + iter * 3) % 5 - 2);
}

void check_rule(const std::string& text, bool l1, const Formula& formula) {
  SolverParameter param;
  parse_text(text, param);
  for (Kernels* kernels : all_backends()) {
    const auto rule = update_rule_registry().find(param.type)(param);
    Blob blob(Shape{kCount}), first(Shape{kCount}), second(Shape{kCount});
    std::vector<Values> expected(kCount);
    for (int i = 0; i < kCount; ++i) {
      expected[i] = {start_value(i), 0, 0, 0};
      blob.data().update()[i] = start_value(i);
    }
    std::vector<Blob*> history{&first, &second};
    history.resize(rule->histories());
    for (int iter = 0; iter < 4; ++iter) {
      UpdateStep step;
      step.rate = 0.1f;
      step.gradient_scale = 0.5f;
      step.decay = 0.01f;
      step.l1 = l1;
      step.iter = iter;
      float* diff = blob.diff().write();
      for (int i = 0; i < kCount; ++i) diff[i] = gradient_value(i, iter);
      kernels->update({rule->update(step, blob, history)});
      for (int i = 0; i < kCount; ++i) {
        Values& value = expected[i];
        const double sign = (value.data > 0) - (value.data < 0);
        value.gradient = 0.5 * gradient_value(i, iter) + 0.01 * (l1 ? sign : value.data);
        formula(value, 0.1, iter);
        CHECK_NEAR(blob.data().read()[i], value.data, 1e-4, 1e-6);
        CHECK_NEAR(first.data().read()[i], value.first, 1e-4, 1e-6);
        CHECK_NEAR(second.data().read()[i], value.second, 1e-4, 1e-6);
      }
    }
  }
}

void sgd(Values& v, double rate, int) {
  v.first = 0.9 * v.first + rate * v.gradient;
  v.data -= v.first;
}

TEST(rule_sgd) {
  check_rule("type: 'SGD' momentum: 0.9", false, sgd);
}
TEST(rule_sgd_l1) {
  check_rule("type: 'SGD' momentum: 0.9", true, sgd);
}

TEST(rule_nesterov) {
  check_rule("type: 'Nesterov' momentum: 0.9", false, [](Values& v, double rate, int) {
    const double before = v.first;
    v.first = 0.9 * v.first + rate * v.gradient;
    v.data -= 1.9 * v.first - 0.9 * before;
  });
}

TEST(rule_adagrad) {
  check_rule("type: 'AdaGrad' delta: 0.01", true, [](Values& v, double rate, int) {
    v.first += v.gradient * v.gradient;
    v.data -= rate * v.gradient / (std::sqrt(v.first) + 0.01);
  });
}

TEST(rule_rmsprop) {
  check_rule("type: 'RMSProp' rms_decay: 0.8 delta: 0.01", false, [](Values& v, double rate, int) {
    v.first = 0.8 * v.first + 0.2 * v.gradient * v.gradient;
    v.data -= rate * v.gradient / (std::sqrt(v.first) + 0.01);
  });
}

TEST(rule_adadelta) {
  check_rule("type: 'AdaDelta' momentum: 0.9 delta: 0.01", false, [](Values& v, double rate, int) {
    v.first = 0.9 * v.first + 0.1 * v.gradient * v.gradient;
    const double change = v.gradient * std::sqrt((v.second + 0.01) / (v.first + 0.01));
    v.second = 0.9 * v.second + 0.1 * change * change;
    v.data -= rate * change;
  });
}

TEST(rule_adam) {
  check_rule("type: 'Adam' momentum: 0.9 momentum2: 0.95 delta: 0.01", false,
             [](Values& v, double rate, int iter) {
               v.first = 0.9 * v.first + 0.1 * v.gradient;
               v.second = 0.95 * v.second + 0.05 * v.gradient * v.gradient;
               const double t = iter + 1;
               const double scale = std::sqrt(1 - std::pow(0.95, t)) / (1 - std::pow(0.9, t));
               v.data -= rate * scale * v.first / (std::sqrt(v.second) + 0.01);
             });
}

void check_refused(const std::string& text, const std::string& part) {
  SolverParameter param;
  parse_text(text, param);
  CHECK_FAILS(Status::kInvalidArgument, part, update_rule_registry().find(param.type)(param));
}

TEST(rules_refuse_what_they_have_no_place_for) {
  check_refused("type: 'AdaGrad' momentum: 0.9",
                "momentum cannot be used with solver type AdaGrad");
  check_refused("type: 'RMSProp' momentum: 0.9", "it is 0.9");
  check_refused("type: 'RMSProp' rms_decay: 1", "rms_decay must be at least 0 and below 1");
}

TEST(unknown_solver_types_are_refused) {
  CHECK_FAILS(Status::kNotFound, "known: AdaDelta, AdaGrad, Adam, Nesterov, RMSProp, SGD",
              update_rule_registry().find("Adamax"));
}

}  // namespace
}  // namespace caffe
