#include "layers/recurrent/recurrent.hpp"

#include <algorithm>
#include <cmath>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

// y = x times its row's indicator. An indicator of 0 gives zeros whatever x is, so that a state
// that is not finite ends with its sequence.
void continue_rows(const float* x, const float* cont, int64_t rows, int64_t columns, float* y) {
  parallel_for(rows, grain_of(columns), [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* from = x + row * columns;
      float* to = y + row * columns;
      if (cont[row] == 0) {
        std::fill_n(to, columns, 0.0f);
      } else {
        for (int64_t i = 0; i < columns; ++i) to[i] = cont[row] * from[i];
      }
    }
  });
}

}  // namespace

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

void RecurrentLayer::forget_operations() {
  for (Product* each : {&input_product_, &static_product_, &hidden_product_}) {
    each->prepare_again(kernels());
  }
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

RecurrentLayer::Step RecurrentLayer::step(int64_t t, const float* cont) {
  const int64_t size = items_ * outputs();
  Step step{cont + t * items_, gates_.data().update() + t * size * gates_count_, {}, {}};
  for (State& state : states_) {
    float* after = state.after.data().update();
    step.before.push_back(t == 0 ? state.first.data().read() : after + (t - 1) * size);
    step.after.push_back(after + t * size);
  }
  return step;
}

// The states before the first step: exposed ones, or those after the last of the pass before.
void RecurrentLayer::begin(const BlobPointers& bottom) {
  const int64_t size = items_ * outputs();
  for (size_t i = 0; i < states_.size(); ++i) {
    State& state = states_[i];
    const float* from = exposed() ? bottom[bottom.size() - states_.size() + i]->data().read()
                                  : state.after.data().read() + (steps_ - 1) * size;
    std::copy_n(from, size, state.first.data().write());
  }
}

// The states after the last step, where the next pass begins.
std::function<void()> RecurrentLayer::remember() {
  const size_t size = static_cast<size_t>(items_ * outputs());
  std::vector<std::vector<float>> last;
  for (State& state : states_) {
    const float* end = state.after.data().read() + state.after.count();
    last.emplace_back(end - size, end);
  }
  return [this, last, size] {
    for (size_t i = 0; i < last.size(); ++i) {
      float* values = states_[i].after.data().update();
      std::copy_n(last[i].begin(), size, values + states_[i].after.count() - size);
    }
  };
}

void RecurrentLayer::add_static(const BlobPointers& bottom) {
  static_product_->forward(bottom[2]->data(), blobs()[2]->data(), std::nullopt,
                           static_sums_.data());
  const float* sums = static_sums_.data().read();
  float* gates = gates_.data().update();
  const int64_t width = gates_count_ * outputs(), items = items_;
  parallel_for(steps_ * items, grain_of(width), [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* from = sums + row % items * width;
      float* to = gates + row * width;
      for (int64_t i = 0; i < width; ++i) to[i] += from[i];
    }
  });
}

void RecurrentLayer::log_step(int64_t t, const float* hidden) const {
  const int64_t size = items_ * outputs();
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
  const float* cont = bottom[1]->data().read();
  for (int64_t t = 0; t < steps_; ++t) {
    const int64_t size = items_ * outputs();
    continue_rows(step(t, cont).before[0], cont + t * items_, items_, outputs(),
                  conted_.data().update() + t * size);
    kernels().gemm(false, true, items_, gates_count_ * outputs(), outputs(), 1,
                   {conted_.data(), t * size}, {hidden_weights().data()}, 1, gates_.data(),
                   t * size * gates_count_);
    const Step now = step(t, cont);
    step_forward(now);
    if (param().recurrent_param->debug_info) log_step(t, now.after[0]);
  }
  make_output(states_[0].after, *top[0]);
  for (size_t i = 1; i < top.size(); ++i) {
    const int64_t size = items_ * outputs();
    std::copy_n(states_[i - 1].after.data().read() + (steps_ - 1) * size, size,
                top[i]->data().write());
  }
}

void RecurrentLayer::backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                              const BlobPointers& bottom) {
  if (propagate_down[1]) {
    fail(Status::kInvalidArgument, "has no gradient for ", bottom_name(1),
         ", the continuation indicators; put `propagate_down: false` for it");
  }
  const int64_t size = items_ * outputs();
  for (State& state : states_) state.first.diff().clear();
  const auto diffs_of_states = [&] {
    std::vector<float*> diffs;
    for (State& state : states_) diffs.push_back(state.first.diff().update());
    return diffs;
  };
  const float* hidden_diff = output_backward(states_[0].after, *top[0]);
  const float* cont = bottom[1]->data().read();
  gates_.diff().clear();
  for (int64_t t = steps_ - 1; t >= 0; --t) {
    const Step now = step(t, cont);
    const std::vector<float*> diffs = diffs_of_states();
    for (int64_t i = 0; i < size; ++i) diffs[0][i] += hidden_diff[t * size + i];
    step_backward(now, diffs, gates_.diff().update() + t * size * gates_count_);
    if (t == 0) break;
    const Tensor hidden_state = states_[0].first.diff();
    kernels().gemm(false, false, items_, outputs(), gates_count_ * outputs(), 1,
                   {gates_.diff(), t * size * gates_count_}, {hidden_weights().data()}, 0,
                   hidden_state);
    continue_rows(hidden_state.update(), now.cont, items_, outputs(), hidden_state.update());
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
  const float* gates = gates_.diff().read();
  float* sums = static_sums_.diff().write();
  const int64_t count = static_sums_.count(), steps = steps_;
  parallel_for(count, grain_of(steps), [=](int64_t begin, int64_t end) {
    std::copy(gates + begin, gates + end, sums + begin);
    for (int64_t t = 1; t < steps; ++t) {
      for (int64_t i = begin; i < end; ++i) sums[i] += gates[t * count + i];
    }
  });
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
