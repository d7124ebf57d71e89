#include "solver/learning_rate.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/log.hpp"

namespace caffe {

namespace {

using Policy = LearningRate (*)(const SolverParameter&, int64_t iter, int step);

LearningRate fixed(const SolverParameter& param, int64_t, int step) {
  return {param.base_lr, step};
}

LearningRate stepwise(const SolverParameter& param, int64_t iter, int) {
  const int step = static_cast<int>(iter / param.stepsize);
  return {static_cast<float>(param.base_lr * std::pow(param.gamma, step)), step};
}

LearningRate multistep(const SolverParameter& param, int64_t iter, int step) {
  const auto index = static_cast<size_t>(step);
  if (index < param.stepvalue.size() && iter >= param.stepvalue[index]) ++step;
  return {static_cast<float>(param.base_lr * std::pow(param.gamma, step)), step};
}

LearningRate exponential(const SolverParameter& param, int64_t iter, int step) {
  const double factor = std::pow(param.gamma, static_cast<double>(iter));
  return {static_cast<float>(param.base_lr * factor), step};
}

LearningRate inverse(const SolverParameter& param, int64_t iter, int step) {
  const double base = 1 + static_cast<double>(param.gamma) * static_cast<double>(iter);
  return {static_cast<float>(param.base_lr * std::pow(base, -param.power)), step};
}

LearningRate polynomial(const SolverParameter& param, int64_t iter, int step) {
  if (iter >= param.max_iter) return {param.power == 0 ? param.base_lr : 0.0f, step};
  const double left = 1 - static_cast<double>(iter) / param.max_iter;
  return {static_cast<float>(param.base_lr * std::pow(left, param.power)), step};
}

LearningRate sigmoid(const SolverParameter& param, int64_t iter, int step) {
  const double distance = static_cast<double>(iter) - param.stepsize;
  return {static_cast<float>(param.base_lr / (1 + std::exp(-param.gamma * distance))), step};
}

struct Entry {
  const char* name;
  Policy policy;
};

constexpr Entry kPolicies[] = {
    {"exp", exponential}, {"fixed", fixed},     {"inv", inverse},   {"multistep", multistep},
    {"poly", polynomial}, {"sigmoid", sigmoid}, {"step", stepwise},
};

Policy find_policy(const std::string& name) {
  for (const Entry& entry : kPolicies) {
    if (name == entry.name) return entry.policy;
  }
  return nullptr;
}

[[noreturn]] void fail_unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : kPolicies) names.emplace_back(entry.name);
  const std::string known = joined(names);
  if (name.empty()) fail(Status::kInvalidArgument, "lr_policy is missing (one of ", known, ")");
  fail(Status::kInvalidArgument, "unknown lr_policy ", quoted(name), did_you_mean(name, names),
       " (known: ", known, ")");
}

void require_positive(const SolverParameter& param, const char* field, int64_t value) {
  if (value > 0) return;
  fail(Status::kInvalidArgument, "lr_policy ", quoted(param.lr_policy), " needs a ", field,
       " above 0, it is ", value);
}

}  // namespace

LearningRate learning_rate(const SolverParameter& param, int64_t iter, int step) {
  const Policy policy = find_policy(param.lr_policy);
  if (policy == nullptr) fail_unknown(param.lr_policy);
  return policy(param, iter, step);
}

void check_policy(const SolverParameter& param) {
  const std::string& policy = param.lr_policy;
  if (find_policy(policy) == nullptr) fail_unknown(policy);
  if (policy == "step" || policy == "sigmoid") require_positive(param, "stepsize", param.stepsize);
  if (policy == "poly") require_positive(param, "max_iter", param.max_iter);
  if (policy == "sigmoid" && param.gamma < 0) {
    fail(Status::kInvalidArgument, "lr_policy \"sigmoid\" needs a gamma of 0 or more, it is ",
         param.gamma);
  }
  if (!param.has_base_lr()) CAFFE_LOG(kWarning, "base_lr is not given: the learning rate is 0");
  if ((policy == "step" || policy == "multistep" || policy == "exp") && !param.has_gamma()) {
    CAFFE_LOG(kWarning, "lr_policy ", quoted(policy),
              " without gamma: the learning rate becomes 0");
  }
}

}  // namespace caffe
