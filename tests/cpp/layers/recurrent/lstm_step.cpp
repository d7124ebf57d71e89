// One step of long short-term memory: the gates by hand, and cells that are not finite.
#include "layers/recurrent/lstm_step.hpp"

#include <cmath>
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// One item with one output.
struct One {
  float cont, before;
  Values gates = Values(4);
  float cells = 0, hidden = 0;
  LstmStep step{1, 1, &cont, &before, gates.data(), &cells, &hidden};
};

TEST(lstm_step_of_gates_half_open) {
  One one{1, 2};  // all sums are 0
  lstm_forward(one.step);
  CHECK_CLOSE(one.gates, {0.5f, 0.5f, 0.5f, 0});
  CHECK_EQ(one.cells, 1.0f);
  const float squashed = std::tanh(1.0f);
  CHECK_NEAR(one.hidden, squashed / 2, 1e-6, 0);

  Values diffs(4);
  float cell_diff = 3;
  const float hidden_diff = 2, dc = 3 + 2 * 0.5f * (1 - squashed * squashed);
  lstm_backward(one.step, &hidden_diff, &cell_diff, diffs.data(), &cell_diff);  // the same place
  CHECK_CLOSE(diffs, {0, dc * 2 * 0.25f, 2 * squashed * 0.25f, dc * 0.5f});
  CHECK_NEAR(cell_diff, dc / 2, 1e-6, 0);
}

// What was before a sequence takes no part in it, not even as NaN.
TEST(lstm_step_that_begins_a_sequence_forgets) {
  One one{0, std::numeric_limits<float>::quiet_NaN()};
  lstm_forward(one.step);
  CHECK_EQ(one.gates[1], 0.0f);
  CHECK_EQ(one.cells, 0.0f);
  Values diffs(4);
  float before_diff = 9;
  const float hidden_diff = 1, cell_diff = 0;
  lstm_backward(one.step, &hidden_diff, &cell_diff, diffs.data(), &before_diff);
  CHECK_EQ(diffs[1], 0.0f);
  CHECK_EQ(before_diff, 0.0f);
}

}  // namespace
}  // namespace caffe::test
