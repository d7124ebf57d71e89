#include "solver/update.hpp"

#include <cmath>
#include <utility>

#include "schema/blob_proto.hpp"
#include "solver/log.hpp"

namespace caffe {

Updater::Updater(const SolverParameter& param, std::unique_ptr<UpdateRule> rule, Net& net)
    : param_(param), rule_(std::move(rule)), net_(net) {
  for (size_t k = 0; k < rule_->histories(); ++k) {
    for (const Net::Learnable& each : net_.learnable()) {
      history_.push_back(std::make_shared<Blob>(each.blob->shape()));
    }
  }
}

float Updater::learning_rate(int64_t iter) const {
  return caffe::learning_rate(param_, iter, policy_).rate;
}

// The iteration's rate, and what the policy remembers of it.
float Updater::next_rate(int64_t iter, bool displayed) {
  std::optional<float> loss;
  if (!losses_.empty()) loss = losses_.mean();
  const LearningRate now = caffe::learning_rate(param_, iter, policy_, loss);
  if (now.memory.step != policy_.step && param_.lr_policy == "multistep") {
    UPDATE_LOG(kInfo, "MultiStep Status: Iteration ", iter, ", step = ", now.memory.step);
  }
  if (now.memory.step != policy_.step && param_.lr_policy == "plateau") {
    UPDATE_LOG(kInfo, "Plateau Status: Iteration ", iter, ", step = ", now.memory.step);
  }
  if (displayed && now.memory.minimum_loss != policy_.minimum_loss) {
    UPDATE_LOG(kInfo, "Plateau Status: Iteration ", iter,
               ", current minimum_loss = ", now.memory.minimum_loss);
  }
  if (displayed) UPDATE_LOG(kInfo, "Iteration ", iter, ", lr = ", now.rate);
  policy_ = now.memory;
  return now.rate;
}

// What all gradients are multiplied by so that their L2 norm together is clip_gradients at most
// (Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013). As
// in the original the norm is that of the sum over iter_size passes, not of their mean; over the
// solvers of a world it is that of the mean, so that their number changes nothing.
float Updater::clip_scale(int world) const {
  const float limit = param_.clip_gradients;
  if (limit < 0) return 1;
  double sum = 0;
  for (const Net::Learnable& each : net_.learnable()) {
    if (!each.blob->diff().empty()) sum += net_.kernels().sum_of_squares(each.blob->diff());
  }
  const auto norm = static_cast<float>(std::sqrt(sum) / world);
  if (!(norm > limit)) return 1;
  const float scale = limit / norm;
  UPDATE_LOG(kInfo, "Gradient clipping: scaling down gradients (L2 norm ", norm, " > ", limit,
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

void Updater::apply(int64_t iter, bool displayed, int world) {
  const float rate = next_rate(iter, displayed);
  net_.take_pinned();
  UpdateStep step;
  step.gradient_scale = clip_scale(world) / static_cast<float>(int64_t{param_.iter_size} * world);
  step.l1 = param_.regularization_type == "L1";
  step.iter = iter;
  const std::vector<Net::Learnable>& learnable = net_.learnable();
  std::vector<Blob*> history(rule_->histories());
  std::vector<Update> updates;
  for (size_t i = 0; i < learnable.size(); ++i) {
    step.rate = rate * learnable[i].lr_mult;
    step.decay = param_.weight_decay * learnable[i].decay_mult;
    for (size_t k = 0; k < history.size(); ++k) {
      history[k] = history_[k * learnable.size() + i].get();
    }
    Update update = rule_->update(step, *learnable[i].blob, history);
    if (changes_something(update)) updates.push_back(std::move(update));
  }
  net_.kernels().update(updates);
  net_.show_pinned();
}

void Updater::save(SolverState& state) const {
  for (const auto& blob : history_) copy_to_proto(*blob, false, state.history.emplace_back());
  state.set_current_step(policy_.step);
  if (param_.lr_policy == "plateau") {
    state.set_minimum_loss(policy_.minimum_loss);
    state.set_iter_last_event(static_cast<int32_t>(policy_.last_event));
    const std::deque<float>& losses = losses_.losses();
    // The next iteration's mean is over these and its own.
    state.recent_loss.assign(losses.begin(), losses.end());
  }
}

void Updater::check_fits(const SolverState& state, const std::string& path) const {
  if (state.history.size() != history_.size()) {
    fail(Status::kShape, path, ": holds a history of ", state.history.size(),
         " blob(s), solver type ", param_.type, " and this net need ", history_.size());
  }
  for (size_t i = 0; i < history_.size(); ++i) {
    check_blob_fits(state.history[i], history_[i]->shape(), str("history ", i), path);
  }
}

namespace {

// For states of before there was a current_step: the policy from the start.
int replayed_step(const SolverParameter& param, int64_t iter) {
  PolicyMemory memory;
  for (int64_t i = 0; i < iter; ++i) memory = learning_rate(param, i, memory).memory;
  return memory.step;
}

}  // namespace

void Updater::restore(const SolverState& state) {
  UPDATE_LOG(kInfo, "SGDSolver: restoring history");
  for (size_t i = 0; i < history_.size(); ++i) copy_from_proto(state.history[i], *history_[i]);
  policy_.step = state.has_current_step() ? state.current_step : replayed_step(param_, state.iter);
  policy_.minimum_loss = state.minimum_loss;
  policy_.last_event = state.iter_last_event;
  losses_.clear();
  for (const float loss : state.recent_loss) losses_.add(loss, param_.average_loss);
}

}  // namespace caffe
