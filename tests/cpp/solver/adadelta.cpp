// AdaDelta, against its formula; what it refuses.
#include "cpp/solver/rule.hpp"

namespace caffe {
namespace {

using test::check_refused;
using test::check_rule;
using test::check_warns_of_zero_delta;
using test::Values;

TEST(rule_adadelta) {
  check_rule("type: 'AdaDelta' momentum: 0.9 delta: 0.01", false, [](Values& v, double rate, int) {
    v.first = 0.9 * v.first + 0.1 * v.gradient * v.gradient;
    const double change = v.gradient * std::sqrt((v.second + 0.01) / (v.first + 0.01));
    v.second = 0.9 * v.second + 0.1 * change * change;
    v.data -= rate * change;
  });
}

TEST(adadelta_refuses_shares_of_the_past_that_make_no_sense) {
  check_refused("type: 'AdaDelta' momentum: 1", "must be at least 0 and below 1");
}

TEST(adadelta_warns_of_a_division_by_zero) {
  check_warns_of_zero_delta("AdaDelta");
}

}  // namespace
}  // namespace caffe
