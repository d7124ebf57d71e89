// AdaGrad, against its formula; what it refuses.
#include "cpp/solver/rule.hpp"

namespace caffe {
namespace {

using test::check_refused;
using test::check_rule;
using test::check_warns_of_zero_delta;
using test::Values;

TEST(rule_adagrad) {
  check_rule("type: 'AdaGrad' delta: 0.01", true, [](Values& v, double rate, int) {
    v.first += v.gradient * v.gradient;
    v.data -= rate * v.gradient / (std::sqrt(v.first) + 0.01);
  });
}

TEST(adagrad_refuses_momentum) {
  check_refused("type: 'AdaGrad' momentum: 0.9",
                "momentum cannot be used with solver type AdaGrad");
}

TEST(adagrad_warns_of_a_division_by_zero) {
  check_warns_of_zero_delta("AdaGrad");
}

}  // namespace
}  // namespace caffe
