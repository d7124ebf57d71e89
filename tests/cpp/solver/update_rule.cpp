// The registry of update rules.
#include "solver/update_rule.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(unknown_solver_types_are_refused) {
  CHECK_FAILS(Status::kNotFound, "known: AdaDelta, AdaGrad, Adam, Nesterov, RMSProp, SGD",
              update_rule_registry().find("Adamax"));
}

}  // namespace
}  // namespace caffe
