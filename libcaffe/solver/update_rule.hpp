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
  UpdateRule(const SolverParameter& param, Kernels& kernels) : param_(param), kernels_(kernels) {}
  virtual ~UpdateRule() = default;

  // How many blobs of the parameter's shape the rule remembers for each parameter.
  virtual size_t histories() const { return 1; }
  // Changes `param` by its diff and the history.
  virtual void update(const UpdateStep& step, Blob& param, std::span<Blob* const> history) = 0;

 protected:
  const SolverParameter& param() const { return param_; }
  Kernels& kernels() const { return kernels_; }
  // For rules that have no place for a momentum: fails when the prototxt gives one.
  void refuse_momentum() const;

 private:
  const SolverParameter param_;
  Kernels& kernels_;
};

using UpdateRuleFactory =
    std::function<std::unique_ptr<UpdateRule>(const SolverParameter&, Kernels&)>;

// The solver types; their names are what a solver prototxt's `type` may be.
Registry<UpdateRuleFactory>& update_rule_registry();

template <class T>
struct UpdateRuleRegistration {
  explicit UpdateRuleRegistration(const char* type) {
    update_rule_registry().add(type, [](const SolverParameter& param, Kernels& kernels) {
      return std::unique_ptr<UpdateRule>(new T(param, kernels));
    });
  }
};

}  // namespace caffe
