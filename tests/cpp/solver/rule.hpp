// An update rule on one parameter over several steps, against its formula in double precision.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "schema/text.hpp"
#include "solver/update_rule.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe::test {

// One value of the parameter, its gradient, scaled and decayed, and its histories.
struct Values {
  double data, gradient, first, second;
};

// What a step does to one value, written down from the rule's paper.
using Formula = std::function<void(Values&, double rate, int iter)>;

constexpr int kCount = 5;

inline float start_value(int i) {
  return 0.5f * static_cast<float>(i - 2);
}
inline float gradient_value(int i, int iter) {
  return 0.3f * static_cast<float>((i * 7 + iter * 3) % 5 - 2);
}

inline void check_rule(const std::string& text, bool l1, const Formula& formula) {
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

inline void check_refused(const std::string& text, const std::string& part) {
  SolverParameter param;
  parse_text(text, param);
  CHECK_FAILS(Status::kInvalidArgument, part, update_rule_registry().find(param.type)(param));
}

inline void check_warns_of_zero_delta(const std::string& type) {
  for (const char* delta : {"0", "1e-8"}) {
    SolverParameter param;
    parse_text("type: '" + type + "' delta: " + delta, param);
    const Log log;
    update_rule_registry().find(type)(param);
    CHECK_EQ(log.count("delta is 0: "), param.delta == 0 ? 1 : 0);
  }
}

}  // namespace caffe::test
