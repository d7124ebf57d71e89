#include "solver/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/log.hpp"

namespace caffe {

namespace {

// One iteration as a policy sees it; what it remembers it changes in place.
struct Iteration {
  const SolverParameter& param;
  int64_t number;
  std::optional<float> loss;
};

using Policy = double (*)(const Iteration& iter, PolicyMemory& memory);

double lowered(const SolverParameter& param, int steps) {
  return param.base_lr * std::pow(param.gamma, steps);
}

double fixed(const Iteration& iter, PolicyMemory&) {
  return iter.param.base_lr;
}

double stepwise(const Iteration& iter, PolicyMemory& memory) {
  memory.step = static_cast<int>(iter.number / iter.param.stepsize);
  return lowered(iter.param, memory.step);
}

double multistep(const Iteration& iter, PolicyMemory& memory) {
  const auto index = static_cast<size_t>(memory.step);
  const std::vector<int32_t>& values = iter.param.stepvalue;
  if (index < values.size() && iter.number >= values[index]) ++memory.step;
  return lowered(iter.param, memory.step);
}

double exponential(const Iteration& iter, PolicyMemory&) {
  return iter.param.base_lr * std::pow(iter.param.gamma, static_cast<double>(iter.number));
}

double inverse(const Iteration& iter, PolicyMemory&) {
  const double base = 1 + static_cast<double>(iter.param.gamma) * static_cast<double>(iter.number);
  return iter.param.base_lr * std::pow(base, -iter.param.power);
}

double polynomial(const Iteration& iter, PolicyMemory&) {
  const SolverParameter& param = iter.param;
  if (iter.number >= param.max_iter) return param.power == 0 ? param.base_lr : param.min_lr;
  const double left = 1 - static_cast<double>(iter.number) / param.max_iter;
  return (param.base_lr - param.min_lr) * std::pow(left, param.power) + param.min_lr;
}

double sigmoid(const Iteration& iter, PolicyMemory&) {
  const double distance = static_cast<double>(iter.number) - iter.param.stepsize;
  return iter.param.base_lr / (1 + std::exp(-iter.param.gamma * distance));
}

double plateau(const Iteration& iter, PolicyMemory& memory) {
  if (iter.loss && *iter.loss < memory.minimum_loss) {
    memory.minimum_loss = *iter.loss;
    memory.last_event = iter.number;
  }
  const auto index = static_cast<size_t>(memory.step);
  const std::vector<int32_t>& windows = iter.param.plateau_winsize;
  if (iter.loss && index < windows.size() && iter.number >= memory.last_event + windows[index]) {
    ++memory.step;
    memory.last_event = iter.number;
  }
  return lowered(iter.param, memory.step);
}

double multifixed(const Iteration& iter, PolicyMemory&) {
  const std::vector<int32_t>& ends = iter.param.stageiter;
  const auto stage = std::ranges::find_if(ends, [&](int32_t end) { return iter.number <= end; });
  return iter.param.stagelr[std::min(static_cast<size_t>(stage - ends.begin()), ends.size() - 1)];
}

struct Entry {
  const char* name;
  Policy policy;
};

constexpr Entry kPolicies[] = {
    {"exp", exponential},       {"fixed", fixed},         {"inv", inverse},
    {"multifixed", multifixed}, {"multistep", multistep}, {"plateau", plateau},
    {"poly", polynomial},       {"sigmoid", sigmoid},     {"step", stepwise},
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

void check_multifixed(const SolverParameter& param) {
  const size_t rates = param.stagelr.size(), ends = param.stageiter.size();
  if (rates == ends && rates > 0) return;
  fail(Status::kInvalidArgument,
       "lr_policy \"multifixed\" needs a stageiter for each stagelr, and ",
       "one at least; there are ", rates, " stagelr and ", ends, " stageiter");
}

// What the original takes without a word and nobody can want.
void warn_of_slips(const SolverParameter& param) {
  const std::string& policy = param.lr_policy;
  const auto warn = [&](const auto&... parts) {
    CAFFE_LOG(kWarning, "lr_policy ", quoted(policy), parts...);
  };
  const bool lowers = policy == "step" || policy == "multistep" || policy == "plateau";
  if (policy != "multifixed" && !param.has_base_lr()) {
    CAFFE_LOG(kWarning, "base_lr is not given: the learning rate is 0");
  }
  if ((lowers || policy == "exp") && !param.has_gamma()) {
    warn(" without gamma: the learning rate becomes 0");
  } else if ((lowers || policy == "exp") && param.gamma < 0) {
    warn(" with a gamma of ", param.gamma, ": the learning rate changes its sign");
  } else if (policy == "inv" && param.gamma < 0) {
    warn(" with a gamma of ", param.gamma, ": there is no learning rate from iteration ",
         std::ceil(-1 / static_cast<double>(param.gamma)), " on");
  } else if (policy == "sigmoid" && param.gamma >= 0) {
    warn(" with a gamma of ", param.gamma, ": the learning rate does not fall; a negative gamma ",
         "makes it");
  }
  if (policy == "multistep" && param.stepvalue.empty()) {
    warn(" without stepvalue: the learning rate stays as it is");
  }
  if (policy == "plateau" && param.plateau_winsize.empty()) {
    warn(" without plateau_winsize: the learning rate stays as it is");
  }
  if (!std::ranges::is_sorted(param.stepvalue)) {
    warn(": the values of stepvalue do not ascend, one waits for the one before it");
  }
}

}  // namespace

LearningRate learning_rate(const SolverParameter& param, int64_t iter, const PolicyMemory& before,
                           std::optional<float> loss) {
  const Policy policy = find_policy(param.lr_policy);
  if (policy == nullptr) fail_unknown(param.lr_policy);
  LearningRate now{0, before};
  double rate = 0;
  if (iter < param.warmup_iter) {
    const double share = static_cast<double>(iter) / param.warmup_iter;
    rate = param.warmup_start_lr + (param.base_lr - param.warmup_start_lr) * share;
  } else if (iter < param.rampup_interval) {
    const double share = static_cast<double>(iter) / param.rampup_interval;
    rate = param.rampup_lr + (param.base_lr - param.rampup_lr) * share * share;
  } else {
    rate = policy({param, iter, loss}, now.memory);
  }
  now.rate = static_cast<float>(rate);
  if (param.has_min_lr()) now.rate = std::max(now.rate, param.min_lr);
  return now;
}

void check_policy(const SolverParameter& param) {
  const std::string& policy = param.lr_policy;
  if (find_policy(policy) == nullptr) fail_unknown(policy);
  if (policy == "step") require_positive(param, "stepsize", param.stepsize);
  if (policy == "poly") require_positive(param, "max_iter", param.max_iter);
  if (policy == "multifixed") check_multifixed(param);
  if (param.warmup_iter > 0 && param.rampup_interval > 0) {
    fail(Status::kInvalidArgument,
         "warmup_iter and rampup_interval both say how the rate rises at the start; give one");
  }
  if (policy == "poly" && param.base_lr < param.min_lr) {
    fail(Status::kInvalidArgument, "min_lr, where policy poly ends, is ", param.min_lr,
         ", more than base_lr, which is ", param.base_lr);
  }
  warn_of_slips(param);
}

}  // namespace caffe
