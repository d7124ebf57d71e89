// LSTMUnit: gates by hand, and shapes that do not fit.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

TEST(lstm_unit_by_hand) {
  const Values sums = {1, -2, 0.5f, 1, 3, -1, -0.5f, 2};
  LayerRun run("type: 'LSTMUnit'", {{{1, 1, 2}, {0.5f, -1}}, {{1, 1, 8}, sums}, {{1, 1}, {0.5f}}},
               {TRAIN, 2});
  run.forward();
  Values cells, hidden;
  for (size_t d = 0; d < 2; ++d) {
    const float before = d == 0 ? 0.5f : -1;
    cells.push_back(0.5f * sigmoid(sums[2 + d]) * before +
                    sigmoid(sums[d]) * std::tanh(sums[6 + d]));
    hidden.push_back(sigmoid(sums[4 + d]) * std::tanh(cells[d]));
  }
  CHECK_CLOSE(run.out(0), cells);
  CHECK_CLOSE(run.out(1), hidden);
}

TEST(lstm_unit_refuses_shapes_that_do_not_fit) {
  const auto made = [](const Shape& cells, const Shape& sums, const Shape& cont) {
    LayerRun("type: 'LSTMUnit'", {{cells, {}}, {sums, {}}, {cont, {}}}, {TRAIN, 2});
  };
  CHECK_FAILS(Status::kShape, "bottom \"data\" has shape", made({2, 3, 4}, {2, 3, 16}, {2, 3}));
  CHECK_FAILS(Status::kShape, "bottom \"label\" has shape", made({1, 3, 4}, {1, 3, 12}, {1, 3}));
  CHECK_FAILS(Status::kShape, "bottom \"bottom2\" has shape", made({1, 3, 4}, {1, 3, 16}, {1, 2}));
  made({1, 0, 4}, {1, 0, 16}, {1, 0});
}

const GradientCases gradients{
    {"type: 'LSTMUnit'", {{1, 2, 3}, {1, 2, 12}, {1, 2}}, 2, 0, TRAIN, 2, {{2, {0, 1}}}},
};

}  // namespace
}  // namespace caffe::test
