#include "solver/update_rule.hpp"

#include "core/error.hpp"

namespace caffe {

Registry<UpdateRuleFactory>& update_rule_registry() {
  static Registry<UpdateRuleFactory> registry("solver type");
  return registry;
}

void UpdateRule::refuse_momentum() const {
  if (param_.momentum == 0) return;
  fail(Status::kInvalidArgument, "momentum cannot be used with solver type ", param_.type,
       ", it is ", param_.momentum);
}

}  // namespace caffe
