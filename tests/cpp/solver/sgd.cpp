// SGD with momentum, against its formula.
#include "cpp/solver/rule.hpp"

namespace caffe {
namespace {

using test::check_rule;
using test::Values;

void sgd(Values& v, double rate, int /*iter*/) {
  v.first = 0.9 * v.first + rate * v.gradient;
  v.data -= v.first;
}

TEST(rule_sgd) {
  check_rule("type: 'SGD' momentum: 0.9", false, sgd);
}
TEST(rule_sgd_l1) {
  check_rule("type: 'SGD' momentum: 0.9", true, sgd);
}

}  // namespace
}  // namespace caffe
