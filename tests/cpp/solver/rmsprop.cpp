// RMSProp, against its formula; what it refuses.
#include "cpp/solver/rule.hpp"

namespace caffe {
namespace {

using test::check_refused;
using test::check_rule;
using test::check_warns_of_zero_delta;
using test::Values;

TEST(rule_rmsprop) {
  check_rule("type: 'RMSProp' rms_decay: 0.8 delta: 0.01", false, [](Values& v, double rate, int) {
    v.first = 0.8 * v.first + 0.2 * v.gradient * v.gradient;
    v.data -= rate * v.gradient / (std::sqrt(v.first) + 0.01);
  });
}

TEST(rmsprop_refuses_momentum) {
  check_refused("type: 'RMSProp' momentum: 0.9",
                "momentum cannot be used with solver type RMSProp, it is 0.9");
}

TEST(rmsprop_refuses_shares_of_the_past_that_make_no_sense) {
  check_refused("type: 'RMSProp' rms_decay: 1", "must be at least 0 and below 1");
}

TEST(rmsprop_warns_of_a_division_by_zero) {
  check_warns_of_zero_delta("RMSProp");
}

}  // namespace
}  // namespace caffe
