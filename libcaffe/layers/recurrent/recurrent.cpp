#include "layers/recurrent/recurrent.hpp"

#include <cmath>
#include <memory>

#include "core/checked.hpp"
#include "core/log.hpp"

namespace caffe {

void RecurrentLayer::Product::prepare(Kernels& kernels, const InnerProductSpec& spec) {
  spec_ = spec;
  operation_ = kernels.inner_product(spec_);
}

void RecurrentLayer::Product::prepare_backward(Kernels& kernels) {
  if (spec_.training) return;
  spec_.training = true;
  operation_ = kernels.inner_product(spec_);
}

void RecurrentLayer::Product::prepare_again(Kernels& kernels) {
  if (operation_ != nullptr) operation_ = kernels.inner_product(spec_);
}

bool RecurrentLayer::forget_operations() {
  for (Product* each : {&input_product_, &static_product_, &hidden_product_}) {
    each->prepare_again(kernels());
  }
  return false;
}

Arity RecurrentLayer::arity() const {
  const int exposed_states = exposed() ? static_cast<int>(states_count_) : 0;
  return {2 + exposed_states, 3 + exposed_states, 1 + exposed_states, 1 + exposed_states, false};
}

std::string RecurrentLayer::implementation() const {
  return input_product_ ? input_product_->implementation() : "";
}

void RecurrentLayer::init(const BlobPointers& bottom, const BlobPointers& top) {
  reject_in_place(bottom, top);
  if (outputs() == 0) {
    fail(Status::kInvalidArgument, "recurrent_param.num_output must be given, at least 1");
  }
  has_static_ = bottom.size() == static_cast<size_t>(arity().max_bottoms);
  const Shape& shape = bottom[0]->shape();
  if (shape.axes() < 2 || shape[0] == 0) {
    fail(Status::kShape, bottom_name(0), " has shape ", shape,
         ", expected time steps x sequences x values with at least one step");
  }
  steps_ = shape[0];
  inputs_ = shape.count(2);
  if (has_static_) {
    if (bottom[2]->axes() < 1) {
      fail(Status::kShape, bottom_name(2), " has no axes, expected sequences x values");
    }
    static_inputs_ = bottom[2]->shape().count(1);
  }
  check_bottoms(bottom);
  const int64_t rows = checked_mul(gates_count_, outputs());
  const FillerParameter& weight_filler = *param().recurrent_param->weight_filler;
  add_parameter({rows, inputs_}, weight_filler);
  add_parameter({rows}, *param().recurrent_param->bias_filler);
  if (has_static_) add_parameter({rows, static_inputs_}, weight_filler);
  add_parameter({rows, outputs()}, weight_filler);
  states_ = std::vector<State>(states_count_);
}

void RecurrentLayer::check_bottoms(const BlobPointers& bottom) const {
  const Shape& shape = bottom[0]->shape();
  if (shape.axes() < 2 || shape[0] != steps_ || shape.count(2) != inputs_) {
    fail(Status::kShape, bottom_name(0), " has shape ", shape, ", expected ", steps_,
         " time steps x any number of sequences x ", inputs_, " values, as at set-up");
  }
  const Shape sequences{steps_, shape[1]};
  if (!(bottom[1]->shape() == sequences)) {
    fail(Status::kShape, bottom_name(1), " has shape ", bottom[1]->shape(), ", expected ",
         sequences, ", an indicator for each step and sequence of ", bottom_name(0));
  }
  if (has_static_) {
    const Shape& fixed = bottom[2]->shape();
    if (fixed.axes() < 1 || fixed[0] != shape[1] || fixed.count(1) != static_inputs_) {
      fail(Status::kShape, bottom_name(2), " has shape ", fixed, ", expected ", shape[1],
           " sequences x ", static_inputs_, " values");
    }
  }
  const Shape state{1, shape[1], outputs()};
  for (size_t i = has_static_ ? 3 : 2; i < bottom.size(); ++i) {
    if (!(bottom[i]->shape() == state)) {
      fail(Status::kShape, bottom_name(i), " has shape ", bottom[i]->shape(), ", expected ", state,
           ", the state before the first step");
    }
  }
}

void RecurrentLayer::reshape(const BlobPointers& bottom, const BlobPointers& top) {
  check_bottoms(bottom);
  const int64_t items = bottom[0]->shape()[1];
  top[0]->reshape({steps_, items, outputs()});
  for (size_t i = 1; i < top.size(); ++i) top[i]->reshape({1, items, outputs()});
  if (items == items_) return;
  items_ = items;
  const int64_t width = gates_count_ * outputs();
  const int64_t rows = checked_mul(steps_, items_);
  gates_.reshape({rows, width});
  conted_.reshape({rows, outputs()});
  static_sums_.reshape({items_, width});
  for (State& state : states_) {
    state.first.reshape({items_, outputs()});
    state.after.reshape({steps_, items_, outputs()});
    state.after.data().clear();
  }
  InnerProductSpec spec;
  spec.training = phase() == TRAIN;
  spec.outputs = width;
  spec.rows = rows;
  spec.inputs = outputs();
  hidden_product_.prepare(kernels(), spec);
  spec.inputs = inputs_;
  spec.bias = true;
  input_product_.prepare(kernels(), spec);
  if (has_static_) {
    spec.rows = items_;
    spec.inputs = static_inputs_;
    spec.bias = false;
    static_product_.prepare(kernels(), spec);
  }
}

RecurrentLayer::Step RecurrentLayer::step(int64_t t, ConstTensor cont) {
  const int64_t size = items_ * outputs();
  Step step{{cont, t * items_}, {gates_.data(), t * size * gates_count_}, {}, {}};
  for (State& state : states_) {
    if (t == 0) {
      step.before.push_back({state.first.data()});
    } else {
      step.before.push_back({state.after.data(), (t - 1) * size});
    }
    step.after.push_back({state.after.data(), t * size});
  }
  return step;
}

// A state's values within tensors that may hold those of several steps.
void RecurrentLayer::copy_state(ConstTensor from, int64_t from_offset, Into into, Tensor to,
                                int64_t to_offset) const {
  Strides strides;
  strides.add(items_ * outputs(), 1, 1);
  strides.from_offset = from_offset;
  strides.to_offset = to_offset;
  kernels().copy_strided(strides, into, from, to);
}

// The states before the first step: exposed ones, or those after the last of the pass before.
void RecurrentLayer::begin(const BlobPointers& bottom) {
  for (size_t i = 0; i < states_.size(); ++i) {
    State& state = states_[i];
    if (exposed()) {
      kernels().copy(bottom[bottom.size() - states_.size() + i]->data(), state.first.data());
    } else {
      copy_state(state.after.data(), last_step(), Into::kWhole, state.first.data(), 0);
    }
  }
}

// The states after the last step, where the next pass begins.
std::function<void()> RecurrentLayer::remember() {
  const auto last = std::make_shared<std::vector<Blob>>();
  for (State& state : states_) {
    Blob& blob = last->emplace_back(state.first.shape());
    copy_state(state.after.data(), last_step(), Into::kWhole, blob.data(), 0);
  }
  return [this, last] {
    for (size_t i = 0; i < last->size(); ++i) {
      copy_state((*last)[i].data(), 0, Into::kPart, states_[i].after.data(), last_step());
    }
  };
}

void RecurrentLayer::add_static(const BlobPointers& bottom) {
  static_product_->forward(bottom[2]->data(), blobs()[2]->data(), std::nullopt,
                           static_sums_.data());
  Strides strides;
  strides.add(steps_, 0, static_sums_.count());
  strides.add(static_sums_.count(), 1, 1);
  kernels().copy_strided(strides, Into::kAdd, static_sums_.data(), gates_.data());
}

void RecurrentLayer::log_step(int64_t t) {
  const int64_t size = items_ * outputs();
  const float* hidden = states_[0].after.data().read() + t * size;
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += std::fabs(hidden[i]);
  CAFFE_LOG(kInfo, "    [Forward] Layer ", name(), ", step ", t,
            " hidden state: ", size == 0 ? 0 : sum / static_cast<double>(size));
}

void RecurrentLayer::forward(const BlobPointers& bottom, const BlobPointers& top) {
  begin(bottom);
  input_product_->forward(bottom[0]->data(), blobs()[0]->data(), std::as_const(*blobs()[1]).data(),
                          gates_.data());
  if (has_static_) add_static(bottom);
  const int64_t size = items_ * outputs();
  for (int64_t t = 0; t < steps_; ++t) {
    const Step now = step(t, bottom[1]->data());
    kernels().continue_rows(now.before[0], now.cont, items_, outputs(), {conted_.data(), t * size});
    kernels().gemm(false, true, items_, gates_count_ * outputs(), outputs(), 1,
                   {conted_.data(), t * size}, {hidden_weights().data()}, 1, gates_.data(),
                   t * size * gates_count_);
    step_forward(now);
    if (param().recurrent_param->debug_info) log_step(t);
  }
  make_output(states_[0].after, *top[0]);
  for (size_t i = 1; i < top.size(); ++i) {
    copy_state(states_[i - 1].after.data(), last_step(), Into::kWhole, top[i]->data(), 0);
  }
}

void RecurrentLayer::backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                              const BlobPointers& bottom) {
  if (propagate_down[1]) {
    fail(Status::kInvalidArgument, "has no gradient for ", bottom_name(1),
         ", the continuation indicators; put `propagate_down: false` for it");
  }
  const int64_t size = items_ * outputs();
  std::vector<Tensor> diffs;
  for (State& state : states_) {
    state.first.diff().clear();
    diffs.push_back(state.first.diff());
  }
  const ConstTensor hidden_diff = output_backward(states_[0].after, *top[0]);
  gates_.diff().clear();
  for (int64_t t = steps_ - 1; t >= 0; --t) {
    const Step now = step(t, bottom[1]->data());
    const Kernels::Part gates = {gates_.diff(), t * size * gates_count_};
    copy_state(hidden_diff, t * size, Into::kAdd, diffs[0], 0);
    step_backward(now, diffs, gates);
    if (t == 0) break;
    kernels().gemm(false, false, items_, outputs(), gates_count_ * outputs(), 1, gates,
                   {hidden_weights().data()}, 0, diffs[0]);
    kernels().continue_rows({diffs[0]}, now.cont, items_, outputs(), {diffs[0]});
  }

  const auto wanted = [&](size_t i) {
    return param_propagate_down(i) ? std::optional<Tensor>(blobs()[i]->diff()) : std::nullopt;
  };
  if (wanted(0) || wanted(1)) {
    input_product_.prepare_backward(kernels());
    input_product_->backward_weights(bottom[0]->data(), gates_.diff(), wanted(0), wanted(1));
  }
  if (propagate_down[0]) {
    input_product_.prepare_backward(kernels());
    input_product_->backward_data(gates_.diff(), blobs()[0]->data(), bottom[0]->diff());
  }
  if (has_static_) backward_static(propagate_down, bottom);
  const size_t hidden = has_static_ ? 3 : 2;
  if (wanted(hidden)) {
    hidden_product_.prepare_backward(kernels());
    hidden_product_->backward_weights(conted_.data(), gates_.diff(), wanted(hidden), std::nullopt);
  }
  for (size_t i = hidden; i < bottom.size(); ++i) {
    if (propagate_down[i]) bottom[i]->diff().clear();
  }
}

void RecurrentLayer::backward_static(const std::vector<bool>& propagate_down,
                                     const BlobPointers& bottom) {
  if (!propagate_down[2] && !param_propagate_down(2)) return;
  Strides strides;
  strides.add(steps_, static_sums_.count(), 0);
  strides.add(static_sums_.count(), 1, 1);
  kernels().sum_strided(strides, Into::kWhole, gates_.diff(), static_sums_.diff());
  static_product_.prepare_backward(kernels());
  if (param_propagate_down(2)) {
    static_product_->backward_weights(bottom[2]->data(), static_sums_.diff(), blobs()[2]->diff(),
                                      std::nullopt);
  }
  if (propagate_down[2]) {
    static_product_->backward_data(static_sums_.diff(), blobs()[2]->data(), bottom[2]->diff());
  }
}

}  // namespace caffe
