// A step in time of recurrent layers.
#include "kernels/launch.hpp"

namespace caffe {

void Kernels::continue_rows(const Matrix& x, const Matrix& cont, int64_t rows, int64_t columns,
                            const Part& y) {
  const Launch launch(*this, &caffe_kernel_table::continue_rows);
  const float* in = launch.read(x);
  const float* indicators = launch.read(cont);
  launch(in, indicators, rows, columns, launch.write(y));
}

void Kernels::lstm_step(const LstmStep& step) {
  const Launch launch(*this, &caffe_kernel_table::lstm_step);
  const float* cont = launch.read(step.cont);
  const float* before = launch.read(step.before);
  float* gates = launch.write(step.gates);
  float* cells = launch.write(step.cells);
  launch(cont, before, step.items, step.outputs, gates, cells, launch.write(step.hidden));
}

void Kernels::lstm_step_backward(const LstmStepBackward& step) {
  const Launch launch(*this, &caffe_kernel_table::lstm_step_backward);
  const float* gates = launch.read(step.gates);
  const float* before = launch.read(step.before);
  const float* cells = launch.read(step.cells);
  const float* hidden_diff = launch.read(step.hidden_diff);
  const float* cell_diff = launch.read(step.cell_diff);
  float* gate_diffs = launch.write(step.gate_diffs);
  launch(gates, before, cells, hidden_diff, cell_diff, step.items, step.outputs, gate_diffs,
         launch.write(step.before_diff));
}

}  // namespace caffe
