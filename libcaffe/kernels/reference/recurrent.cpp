// A step in time of recurrent layers.
#include <algorithm>
#include <cmath>

#include "core/threads.hpp"
#include "kernels/functors.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

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

void lstm_step(const float* cont, const float* before, int64_t items, int64_t outputs, float* gates,
               float* cells, float* hidden) {
  for_parts_of_rows(items, outputs, kForwardWork, [=](int64_t row, int64_t d, int64_t end) {
    const functor::Sigmoid sigmoid;
    float* sums = gates + row * 4 * outputs;
    for (; d < end; ++d) {
      const int64_t at = row * outputs + d;
      const float i = sigmoid.forward(sums[d]);
      const float f = cont[row] == 0 ? 0 : cont[row] * sigmoid.forward(sums[outputs + d]);
      const float o = sigmoid.forward(sums[2 * outputs + d]);
      const float g = std::tanh(sums[3 * outputs + d]);
      sums[d] = i;
      sums[outputs + d] = f;
      sums[2 * outputs + d] = o;
      sums[3 * outputs + d] = g;
      const float kept = f == 0 ? 0 : f * before[at];
      cells[at] = kept + i * g;
      hidden[at] = o * std::tanh(cells[at]);
    }
  });
}

void lstm_step_backward(const float* gates, const float* before, const float* cells,
                        const float* hidden_diff, const float* cell_diff, int64_t items,
                        int64_t outputs, float* gate_diffs, float* before_diff) {
  for_parts_of_rows(items, outputs, kBackwardWork, [=](int64_t row, int64_t d, int64_t end) {
    const float* values = gates + row * 4 * outputs;
    float* diffs = gate_diffs + row * 4 * outputs;
    for (; d < end; ++d) {
      const int64_t at = row * outputs + d;
      const float i = values[d], f = values[outputs + d];
      const float o = values[2 * outputs + d], g = values[3 * outputs + d];
      const float squashed = std::tanh(cells[at]);
      const float dh = hidden_diff[at];
      const float dc = cell_diff[at] + dh * o * (1 - squashed * squashed);
      diffs[d] = dc * g * i * (1 - i);
      diffs[outputs + d] = f == 0 ? 0 : dc * before[at] * f * (1 - f);
      diffs[2 * outputs + d] = dh * squashed * o * (1 - o);
      diffs[3 * outputs + d] = dc * i * (1 - g * g);
      before_diff[at] = dc * f;
    }
  });
}

}  // namespace caffe::reference
