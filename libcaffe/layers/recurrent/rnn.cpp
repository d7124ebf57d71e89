// RNN: a simple recurrent network over T time steps of N sequences (Elman, "Finding Structure in
// Time", 1990), with h the hidden state of the step before:
//
//   h' = tanh(W_x x + W_s static + W_h (cont h) + b)
//   o  = tanh(W_o h' + b_o)
//
//   num_output     required, at least 1: the values of h and of o, D below
//   weight_filler  constant 0
//   bias_filler    constant 0
//   expose_hidden  false; true: the first h is the last bottom and that after the last step is a
//                  top, both 1 x N x D; otherwise the next pass begins where this ended
//   debug_info     false; logs the mean magnitude of h at every step
//
// Bottoms: x (T x N x ..., I values each), cont (T x N; 0 begins a new sequence, 1 continues it,
// fractions are allowed), optionally static inputs (N x ..., S values each). Top: o at all steps,
// T x N x D. Parameters: W_x (D x I), b (D), with static inputs W_s (D x S), W_h (D x D),
// W_o (D x D), b_o (D). T is fixed; another N begins with states of zeros. The gradient ends at the
// first step: none goes into an exposed first state or comes from the last one. Not in place.
//
//   layer { name: "rnn" type: "RNN" bottom: "words" bottom: "cont" top: "rnn"
//           recurrent_param { num_output: 128 weight_filler { type: "xavier" } } }
#include "kernels/functors.hpp"
#include "layers/base/registry.hpp"
#include "layers/recurrent/recurrent.hpp"

namespace caffe {
namespace {

class RnnLayer final : public RecurrentLayer {
 public:
  RnnLayer(const LayerParameter& param, const LayerContext& context)
      : RecurrentLayer(param, context, 1, 1) {}

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    RecurrentLayer::init(bottom, top);
    first_ = blobs().size();
    add_parameter({outputs(), outputs()}, *param().recurrent_param->weight_filler);
    add_parameter({outputs()}, *param().recurrent_param->bias_filler);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const int64_t items_before = items();
    RecurrentLayer::reshape(bottom, top);
    if (items() == items_before) return;
    output_.reshape(top[0]->shape());
    hidden_diff_.reshape(top[0]->shape());
    InnerProductSpec spec;
    spec.rows = steps() * items();
    spec.inputs = spec.outputs = outputs();
    spec.bias = true;
    spec.training = phase() == TRAIN;
    product_.prepare(kernels(), spec);
  }

 protected:
  void step_forward(const Step& step) override {
    kernels().map_part(kTanh, step.gates, step.after[0], items() * outputs());
  }

  void step_backward(const Step& step, const std::vector<Tensor>& diffs,
                     const Kernels::Part& gates) override {
    const Kernels::Matrix hidden = step.after[0];
    kernels().map_part_backward(kTanh, hidden, hidden, {diffs[0]}, gates, items() * outputs());
  }

  void make_output(Blob& hidden, Blob& top) override {
    product_->forward(hidden.data(), blobs()[first_]->data(),
                      std::as_const(*blobs()[first_ + 1]).data(), output_.data());
    kernels().map(kTanh, output_.data(), output_.data());
    kernels().copy(output_.data(), top.data());
  }

  ConstTensor output_backward(Blob& hidden, Blob& top) override {
    kernels().map_backward(kTanh, output_.data(), output_.data(), top.diff(), output_.diff());
    product_.prepare_backward(kernels());
    std::optional<Tensor> weights, bias;
    if (param_propagate_down(first_)) weights = blobs()[first_]->diff();
    if (param_propagate_down(first_ + 1)) bias = blobs()[first_ + 1]->diff();
    if (weights || bias) {
      product_->backward_weights(hidden.data(), output_.diff(), weights, bias);
    }
    product_->backward_data(output_.diff(), blobs()[first_]->data(), hidden_diff_.data());
    return hidden_diff_.data();
  }

 private:
  static constexpr Function kTanh = {functor::kTanh, 0, 0, 0};

  size_t first_ = 0;  // the output's weights among the parameters
  Product product_;
  Blob output_;  // the top, which others may change in place
  Blob hidden_diff_;
};

const LayerRegistration<RnnLayer> registration("RNN");

}  // namespace
}  // namespace caffe
