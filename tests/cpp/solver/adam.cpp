// Adam, against its formula; what it refuses.
#include "cpp/solver/rule.hpp"

namespace caffe {
namespace {

using test::check_refused;
using test::check_rule;
using test::check_warns_of_zero_delta;
using test::Values;

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

TEST(adam_refuses_shares_of_the_past_that_make_no_sense) {
  check_refused("type: 'Adam' momentum2: 1", "must be at least 0 and below 1");
  check_refused("type: 'Adam' momentum: 1", "must be at least 0 and below 1");
  check_refused("type: 'Adam' momentum: -0.1", "must be at least 0 and below 1");
}

TEST(adam_warns_of_a_division_by_zero) {
  check_warns_of_zero_delta("Adam");
}

}  // namespace
}  // namespace caffe
