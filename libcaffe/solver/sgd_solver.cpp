// The part of the solver that changes parameters: one step down the gradient, and what the update
// rule remembers from step to step, in memory and in state files.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/log.hpp"
#include "net/proto.hpp"
#include "solver/learning_rate.hpp"
#include "solver/solver.hpp"
#include "solver/solver_state.hpp"

namespace caffe {

float Solver::learning_rate() const {
  return caffe::learning_rate(param_, iter_, policy_).rate;
}

// What all gradients are multiplied by, so that their L2 norm together is clip_gradients at most.
float Solver::clip_scale() const {
  const float limit = param_.clip_gradients;
  if (limit < 0) return 1;
  double sum = 0;
  for (const Net::Learnable& each : net_->learnable()) {
    if (!each.blob->diff().empty()) sum += kernels().sum_of_squares(each.blob->diff());
  }
  const auto norm = static_cast<float>(std::sqrt(sum));
  if (!(norm > limit)) return 1;
  const float scale = limit / norm;
  CAFFE_LOG(kInfo, "Gradient clipping: scaling down gradients (L2 norm ", norm, " > ", limit,
            ") by scale factor ", scale);
  return scale;
}

namespace {

// Whether a step leaves traces. Without a rate and a past, momentum has none: so frozen parameters
// and statistics keep their versions, and what was derived from them.
bool changes_something(const Update& update) {
  const bool momentum_only =
      update.spec.rule == UpdateSpec::kSgd || update.spec.rule == UpdateSpec::kNesterov;
  return !(momentum_only && update.spec.rate == 0 && update.histories[0].empty());
}

}  // namespace

void Solver::apply_update() {
  std::optional<float> loss;
  if (!policy_losses_.empty()) loss = policy_losses_.mean();
  const LearningRate now = caffe::learning_rate(param_, iter_, policy_, loss);
  if (now.memory.step != policy_.step && param_.lr_policy == "multistep") {
    CAFFE_LOG(kInfo, "MultiStep Status: Iteration ", iter_, ", step = ", now.memory.step);
  }
  if (now.memory.step != policy_.step && param_.lr_policy == "plateau") {
    CAFFE_LOG(kInfo, "Plateau Status: Iteration ", iter_, ", step = ", now.memory.step);
  }
  if (displays(iter_) && now.memory.minimum_loss != policy_.minimum_loss) {
    CAFFE_LOG(kInfo, "Plateau Status: Iteration ", iter_,
              ", current minimum_loss = ", now.memory.minimum_loss);
  }
  policy_ = now.memory;
  if (displays(iter_)) CAFFE_LOG(kInfo, "Iteration ", iter_, ", lr = ", now.rate);

  net_->take_pinned();
  UpdateStep step;
  step.gradient_scale = clip_scale() / static_cast<float>(param_.iter_size);
  step.l1 = param_.regularization_type == "L1";
  step.iter = iter_;
  const std::vector<Net::Learnable>& learnable = net_->learnable();
  std::vector<Blob*> history(rule_->histories());
  std::vector<Update> updates;
  for (size_t i = 0; i < learnable.size(); ++i) {
    step.rate = now.rate * learnable[i].lr_mult;
    step.decay = param_.weight_decay * learnable[i].decay_mult;
    for (size_t k = 0; k < history.size(); ++k) {
      history[k] = history_[k * learnable.size() + i].get();
    }
    Update update = rule_->update(step, *learnable[i].blob, history);
    if (changes_something(update)) updates.push_back(std::move(update));
  }
  kernels().update(updates);
  net_->show_pinned();
}

SolverState Solver::state(const std::string& weights) const {
  SolverState state;
  state.set_iter(static_cast<int32_t>(iter_));
  state.set_learned_net(weights);
  for (const auto& blob : history_) copy_to_proto(*blob, false, state.history.emplace_back());
  state.set_current_step(policy_.step);
  if (param_.lr_policy == "plateau") {
    state.set_minimum_loss(policy_.minimum_loss);
    state.set_iter_last_event(static_cast<int32_t>(policy_.last_event));
    const std::deque<float>& losses = policy_losses_.losses();
    // The next iteration's mean is over these and its own.
    state.recent_loss.assign(losses.begin(), losses.end());
  }
  return state;
}

std::function<void()> Solver::prepare_state(const std::string& path, const std::string& weights) {
  CAFFE_LOG(kInfo, "Snapshotting solver state to ", format_name(), " file ", path);
  return prepare_solver_state(path, state(weights));
}

namespace {

// Where the weights of a state file are: where it says, or beside it when both have been moved.
std::string find_learned_net(const std::string& learned_net, const std::string& state_path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::exists(learned_net, ignored)) return learned_net;
  const fs::path beside = fs::path(state_path).parent_path() / fs::path(learned_net).filename();
  if (fs::exists(beside, ignored)) return beside.string();
  fail(Status::kIo, state_path, ": its weights ", quoted(learned_net),
       " are neither there nor beside it");
}

// For states of before there was a current_step: the policy from the start.
int replayed_step(const SolverParameter& param, int64_t iter) {
  PolicyMemory memory;
  for (int64_t i = 0; i < iter; ++i) memory = learning_rate(param, i, memory).memory;
  return memory.step;
}

}  // namespace

void Solver::restore(const std::string& path) {
  const SolverState state = load_solver_state(path);
  if (state.iter < 0) fail(Status::kParse, path, ": its iteration is ", state.iter);
  if (state.history.size() != history_.size()) {
    fail(Status::kShape, path, ": holds a history of ", state.history.size(),
         " blob(s), solver type ", type(), " and this net need ", history_.size());
  }
  for (size_t i = 0; i < history_.size(); ++i) {
    check_blob_fits(state.history[i], history_[i]->shape(), str("history ", i), path);
  }
  if (state.has_learned_net()) {
    net_->load_weights(find_learned_net(state.learned_net, path));
  } else {
    CAFFE_LOG(kWarning, path, " names no weights: the net keeps those it has");
  }
  CAFFE_LOG(kInfo, "SGDSolver: restoring history");
  for (size_t i = 0; i < history_.size(); ++i) copy_from_proto(state.history[i], *history_[i]);
  iter_ = state.iter;
  policy_.step = state.has_current_step() ? state.current_step : replayed_step(param_, state.iter);
  policy_.minimum_loss = state.minimum_loss;
  policy_.last_event = state.iter_last_event;
  policy_losses_.clear();
  for (const float loss : state.recent_loss) policy_losses_.add(loss, param_.average_loss);
  begun_ = false;
  seek_nets();
}

}  // namespace caffe
