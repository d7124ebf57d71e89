#include "layers/recurrent/lstm_step.hpp"

#include <algorithm>
#include <cmath>

#include "core/threads.hpp"
#include "kernels/functors.hpp"

namespace caffe {

namespace {

// Calls body(row, first column, end of columns) for parts that cover rows x columns.
template <class Body>
void for_parts_of_rows(int64_t rows, int64_t columns, int64_t work, const Body& body) {
  parallel_for(rows * columns, grain_of(work), [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t row = begin / columns;
      const int64_t stop = std::min(end, (row + 1) * columns);
      body(row, begin - row * columns, stop - row * columns);
      begin = stop;
    }
  });
}

constexpr int64_t kForwardWork = 100, kBackwardWork = 40;

}  // namespace

void lstm_forward(const LstmStep& step) {
  const int64_t outputs = step.outputs;
  for_parts_of_rows(step.items, outputs, kForwardWork, [&](int64_t row, int64_t d, int64_t end) {
    const functor::Sigmoid sigmoid;
    const float cont = step.cont[row];
    float* gates = step.gates + row * 4 * outputs;
    for (; d < end; ++d) {
      const int64_t at = row * outputs + d;
      const float i = sigmoid.forward(gates[d]);
      const float f = cont == 0 ? 0 : cont * sigmoid.forward(gates[outputs + d]);
      const float o = sigmoid.forward(gates[2 * outputs + d]);
      const float g = std::tanh(gates[3 * outputs + d]);
      gates[d] = i;
      gates[outputs + d] = f;
      gates[2 * outputs + d] = o;
      gates[3 * outputs + d] = g;
      const float kept = f == 0 ? 0 : f * step.before[at];
      step.cells[at] = kept + i * g;
      step.hidden[at] = o * std::tanh(step.cells[at]);
    }
  });
}

void lstm_backward(const LstmStep& step, const float* hidden_diff, const float* cell_diff,
                   float* gate_diffs, float* before_diff) {
  const int64_t outputs = step.outputs;
  for_parts_of_rows(step.items, outputs, kBackwardWork, [&](int64_t row, int64_t d, int64_t end) {
    const float* gates = step.gates + row * 4 * outputs;
    float* diffs = gate_diffs + row * 4 * outputs;
    for (; d < end; ++d) {
      const int64_t at = row * outputs + d;
      const float i = gates[d], f = gates[outputs + d];
      const float o = gates[2 * outputs + d], g = gates[3 * outputs + d];
      const float squashed = std::tanh(step.cells[at]);
      const float dh = hidden_diff[at];
      const float dc = cell_diff[at] + dh * o * (1 - squashed * squashed);
      diffs[d] = dc * g * i * (1 - i);
      diffs[outputs + d] = f == 0 ? 0 : dc * step.before[at] * f * (1 - f);
      diffs[2 * outputs + d] = dh * squashed * o * (1 - o);
      diffs[3 * outputs + d] = dc * i * (1 - g * g);
      before_diff[at] = dc * f;
    }
  });
}

}  // namespace caffe
