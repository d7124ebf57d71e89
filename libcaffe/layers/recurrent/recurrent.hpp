// What LSTM and RNN share: T time steps over N sequences side by side, written out one after the
// other. The gates of all steps get their share of the inputs in one matrix product, that of the
// hidden state in one a step.
//
//   recurrent_param
//     num_output     required, at least 1: the values of one hidden state, D below
//     weight_filler  constant 0
//     bias_filler    constant 0
//     expose_hidden  false; true: the first states are bottoms and the last ones tops, each
//                    1 x N x D, and nothing is carried from one pass to the next
//     debug_info     false; logs the hidden state's mean magnitude at every step
//
// Bottoms: x (T x N x ..., I values each), the continuation indicators (T x N; a state is
// multiplied with its step's on the way in: 0 begins a new sequence, whatever the state was), then
// optionally static inputs (N x ..., S values each) that enter every step, then the exposed states.
// First top: T x N x D.
//
// Parameters, G gates of D values each: W_x (G D x I), b (G D), with static inputs W_s (G D x S),
// W_h (G D x D), and what the derived layer adds.
//
// The last states are where the next pass begins, so the gradient stops at the first step; a new
// N begins at zeros. T is fixed by the first shape. Gradients neither go into exposed first states
// (their diffs are zeros) nor come from exposed last ones.
#pragma once

#include "layers/base/carrying.hpp"
#include "layers/base/layer.hpp"

namespace caffe {

class RecurrentLayer : public Layer, public CarryingRole {
 public:
  Arity arity() const override;
  bool allow_force_backward(int bottom) const override { return bottom != 1; }
  std::string implementation() const override;

  void init(const BlobPointers& bottom, const BlobPointers& top) override;
  void reshape(const BlobPointers& bottom, const BlobPointers& top) override;
  void forward(const BlobPointers& bottom, const BlobPointers& top) override;
  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override;
  std::function<void()> remember() override;

 protected:
  // One step's values; the first state is the hidden one.
  struct Step {
    Kernels::Matrix cont;                 // N
    Kernels::Part gates;                  // N x G D
    std::vector<Kernels::Matrix> before;  // each state, N x D
    std::vector<Kernels::Part> after;
  };

  RecurrentLayer(const LayerParameter& param, const LayerContext& context, int64_t gates,
                 size_t states)
      : Layer(param, context), gates_count_(gates), states_count_(states) {}

  // Turns the sums in step.gates into what the gradient will need, and makes the states after it.
  virtual void step_forward(const Step& step) = 0;
  // `diffs` are of the states after it; those but the first become the ones of the states before.
  // `gates` gets the diffs of the sums.
  virtual void step_backward(const Step& step, const std::vector<Tensor>& diffs,
                             const Kernels::Part& gates) = 0;
  // Makes the first top of the hidden states of all steps.
  virtual void make_output(Blob& hidden, Blob& top) = 0;
  // The diffs of the hidden states from that top.
  virtual ConstTensor output_backward(Blob& hidden, Blob& top) = 0;

  int64_t steps() const { return steps_; }
  int64_t items() const { return items_; }
  int64_t outputs() const { return param().recurrent_param->num_output; }

  // An inner product made anew for other rows, and for training when backward is called after all.
  class Product {
   public:
    void prepare(Kernels& kernels, const InnerProductSpec& spec);
    void prepare_backward(Kernels& kernels);
    // By other kernels, when it has been prepared.
    void prepare_again(Kernels& kernels);
    InnerProduct* operator->() const { return operation_.get(); }
    explicit operator bool() const { return operation_ != nullptr; }

   private:
    InnerProductSpec spec_;
    std::unique_ptr<InnerProduct> operation_;
  };

 private:
  bool forget_operations() override;
  bool exposed() const { return param().recurrent_param->expose_hidden; }
  // Where the states after the last step lie among those of all.
  int64_t last_step() const { return (steps_ - 1) * items_ * outputs(); }
  Blob& hidden_weights() { return *blobs()[has_static_ ? 3 : 2]; }
  Step step(int64_t t, ConstTensor cont);
  void copy_state(ConstTensor from, int64_t from_offset, Into into, Tensor to,
                  int64_t to_offset) const;
  void check_bottoms(const BlobPointers& bottom) const;
  void begin(const BlobPointers& bottom);
  void add_static(const BlobPointers& bottom);
  void log_step(int64_t t);
  void backward_static(const std::vector<bool>& propagate_down, const BlobPointers& bottom);

  const int64_t gates_count_;
  const size_t states_count_;
  bool has_static_ = false;
  int64_t steps_ = 0, items_ = -1, inputs_ = 0, static_inputs_ = 0;

  Product input_product_, static_product_, hidden_product_;
  Blob gates_;        // T x N x G D
  Blob conted_;       // T x N x D: the hidden states that enter the steps
  Blob static_sums_;  // N x G D
  struct State {
    Blob first, after;  // N x D before the first step, whose diff is that of any step; T x N x D
  };
  std::vector<State> states_;
};

}  // namespace caffe
