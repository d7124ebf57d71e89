// One step of long short-term memory, on host values (Hochreiter and Schmidhuber, "Long Short-Term
// Memory", 1997; the forget gate is Gers, Schmidhuber and Cummins, 2000). With the sums a_i, a_f,
// a_o and a_g of the four gates, in this order:
//
//   i = sigmoid(a_i)   f = cont * sigmoid(a_f)   o = sigmoid(a_o)   g = tanh(a_g)
//   c = f * c_before + i * g                     h = o * tanh(c)
//
// The gradient of a_f is taken as that of f (1 - f), which is exact where cont is 0 or 1.
#pragma once

#include <cstdint>

namespace caffe {

// Arrays of `items` rows; those of gates have 4 x `outputs` columns, cont has one, the others
// `outputs`.
struct LstmStep {
  int64_t items, outputs;
  const float* cont;
  const float* before;  // the cells
  float* gates;         // the sums; after lstm_forward() i, f, o and g
  float* cells;
  float* hidden;
};

void lstm_forward(const LstmStep& step);

// After lstm_forward(), of whose results it needs gates and cells. `gate_diffs` gets those of the
// sums, `before_diff`, which may be cell_diff, those of the cells before.
void lstm_backward(const LstmStep& step, const float* hidden_diff, const float* cell_diff,
                   float* gate_diffs, float* before_diff);

}  // namespace caffe
