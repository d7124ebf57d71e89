// How a gradient changes a parameter: one rule a file, registered under the solver's type.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "core/registry.hpp"
#include "kernels/kernels.hpp"
#include "schema/messages.hpp"

namespace caffe {

// One parameter's share of an iteration.
struct UpdateStep {
  float rate = 0;            // the iteration's, times the parameter's lr_mult
  float gradient_scale = 1;  // clipping and iter_size
  float decay = 0;           // weight_decay times the parameter's decay_mult
  bool l1 = false;           // decay towards zero by its sign instead of its value
  int64_t iter = 0;
};

class UpdateRule {
 public:
  explicit UpdateRule(const SolverParameter& param) : param_(param) {}
  virtual ~UpdateRule() = default;

  // How many blobs of the parameter's shape the rule remembers for each parameter.
  size_t histories() const { return static_cast<size_t>(rule({}).histories()); }
  // The change of `param` by its diff and the history, for the kernels to make.
  Update update(const UpdateStep& step, Blob& param, std::span<Blob* const> history) const;

 protected:
  const SolverParameter& param() const { return param_; }
  // The rule and its constants; what of the step all rules have in common is update()'s.
  virtual UpdateSpec rule(const UpdateStep& step) const = 0;
  // For rules that divide by what they remember plus delta: warns when that can be 0.
  void warn_of_zero_delta() const;
  // For rules that have no place for a momentum: fails when the prototxt gives one.
  void refuse_momentum() const;
  // For a share of the past that makes sense from 0 up to, but not including 1.
  static void check_share(const char* field, float value);

 private:
  const SolverParameter param_;
};

using UpdateRuleFactory = std::function<std::unique_ptr<UpdateRule>(const SolverParameter&)>;

// The solver types; their names are what a solver prototxt's `type` may be.
Registry<UpdateRuleFactory>& update_rule_registry();

template <class T>
struct UpdateRuleRegistration {
  explicit UpdateRuleRegistration(const char* type) {
    update_rule_registry().add(type, [](const SolverParameter& param) {
      return std::unique_ptr<UpdateRule>(new T(param));
    });
  }
};

}  // namespace caffe
