// Nesterov's gradient, against its formula.
#include "cpp/solver/rule.hpp"

namespace caffe {
namespace {

using test::check_rule;
using test::Values;

TEST(rule_nesterov) {
  check_rule("type: 'Nesterov' momentum: 0.9", false, [](Values& v, double rate, int) {
    const double before = v.first;
    v.first = 0.9 * v.first + rate * v.gradient;
    v.data -= 1.9 * v.first - 0.9 * before;
  });
}

}  // namespace
}  // namespace caffe
