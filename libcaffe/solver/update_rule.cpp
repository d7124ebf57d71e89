#include "solver/update_rule.hpp"

#include "core/error.hpp"
#include "core/log.hpp"

namespace caffe {

Registry<UpdateRuleFactory>& update_rule_registry() {
  static auto& registry = *new Registry<UpdateRuleFactory>("solver type");
  return registry;
}

Update UpdateRule::update(const UpdateStep& step, Blob& param,
                          std::span<Blob* const> history) const {
  Update update{rule(step), param.data(), param.diff(), {}};
  update.spec.gradient_scale = step.gradient_scale;
  update.spec.decay = step.decay;
  update.spec.l1 = step.l1;
  for (Blob* each : history) update.histories.push_back(each->data());
  return update;
}

void UpdateRule::warn_of_zero_delta() const {
  if (param_.delta != 0) return;
  CAFFE_LOG(kWarning, "delta is 0: a parameter whose gradient was always 0 becomes NaN");
}

void UpdateRule::refuse_momentum() const {
  if (param_.momentum == 0) return;
  fail(Status::kInvalidArgument, "momentum cannot be used with solver type ", param_.type,
       ", it is ", param_.momentum);
}

void UpdateRule::check_share(const char* field, float value) {
  if (value >= 0 && value < 1) return;
  fail(Status::kInvalidArgument, field, " must be at least 0 and below 1, it is ", value);
}

}  // namespace caffe
