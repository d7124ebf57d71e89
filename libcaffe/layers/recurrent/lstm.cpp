// LSTM: long short-term memory over T time steps of N sequences (Hochreiter and Schmidhuber, "Long
// Short-Term Memory", 1997), as in Donahue and others, "Long-term Recurrent Convolutional
// Networks", 2015. With the hidden state h and the cells c of the step before:
//
//   i, f, o, g = W_x x + W_s static + W_h (cont h) + b     i, f, o through a sigmoid, g a tanh
//   c' = cont f c + i g
//   h' = o tanh(c')
//
//   num_output     required, at least 1: the values of h, D below
//   weight_filler  constant 0
//   bias_filler    constant 0
//   expose_hidden  false; true: the first h and c are the last bottoms and those after the last
//                  step are tops, each 1 x N x D; otherwise the next pass begins where this ended
//   debug_info     false; logs the mean magnitude of h at every step
//
// Bottoms: x (T x N x ..., I values each), cont (T x N; 0 begins a new sequence, 1 continues it,
// fractions are allowed), optionally static inputs (N x ..., S values each). Top: h at all steps,
// T x N x D. Parameters: W_x (4 D x I), b (4 D), with static inputs W_s (4 D x S), W_h (4 D x D);
// their rows are those of i, f, o and g. T is fixed; another N begins with states of zeros. The
// gradient ends at the first step: none goes into exposed first states or comes from last ones.
// For fractional cont the forget gate's slope is taken at cont f. Not in place.
//
//   layer { name: "lstm1" type: "LSTM" bottom: "words" bottom: "cont" top: "lstm1"
//           recurrent_param { num_output: 256 weight_filler { type: "xavier" } } }
#include "layers/base/registry.hpp"
#include "layers/recurrent/recurrent.hpp"

namespace caffe {
namespace {

class LstmLayer final : public RecurrentLayer {
 public:
  LstmLayer(const LayerParameter& param, const LayerContext& context)
      : RecurrentLayer(param, context, 4, 2) {}

 protected:
  void step_forward(const Step& step) override {
    kernels().lstm_step(
        {items(), outputs(), step.cont, step.before[1], step.gates, step.after[1], step.after[0]});
  }

  void step_backward(const Step& step, const std::vector<Tensor>& diffs,
                     const Kernels::Part& gates) override {
    kernels().lstm_step_backward({items(),
                                  outputs(),
                                  step.gates,
                                  step.before[1],
                                  step.after[1],
                                  {diffs[0]},
                                  {diffs[1]},
                                  gates,
                                  {diffs[1]}});
  }

  void make_output(Blob& hidden, Blob& top) override { kernels().copy(hidden.data(), top.data()); }

  ConstTensor output_backward(Blob&, Blob& top) override { return top.diff(); }
};

const LayerRegistration<LstmLayer> registration("LSTM");

}  // namespace
}  // namespace caffe
