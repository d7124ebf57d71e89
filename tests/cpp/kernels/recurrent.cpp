// kernels/recurrent.cpp: parts of tensors that hold several steps in time.
#include "cpp/kernels/backends.hpp"
#include "kernels/functors.hpp"

namespace caffe::test {
namespace {

TEST(steps_in_time_are_the_reference_s) {
  for (const auto& [items, outputs] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {5, 400}}) {
    const int64_t n = items, d = outputs, size = n * d;
    compare_runs(str("a step of ", n, " x ", d), [=](const Run& run) {
      Blob cont = random_blob({2, n}, 1), gates = random_blob({2, n, 4 * d}, 2);
      cont.data().update()[n] = 0;  // begins a sequence
      Blob cells = random_blob({2, n, d}, 3), hidden = random_blob({2, n, d}, 4);
      Blob diffs = random_blob({2, n, 4 * d}, 5), cell_diff = random_blob({n, d}, 6);
      Blob conted = random_blob({2, n, d}, 7), curve = random_blob({2, n, d}, 8);
      Kernels& k = *run.kernels;
      k.continue_rows({hidden.data()}, {cont.data(), n}, n, d, {conted.data(), size});
      k.lstm_step({n,
                   d,
                   {cont.data(), n},
                   {cells.data()},
                   {gates.data(), 4 * size},
                   {cells.data(), size},
                   {hidden.data(), size}});
      k.lstm_step_backward({n,
                            d,
                            {gates.data(), 4 * size},
                            {cells.data()},
                            {cells.data(), size},
                            {conted.data(), size},
                            {cell_diff.data()},
                            {diffs.data()},
                            {cell_diff.data()}});
      const Function tanh = {functor::kTanh, 0, 0, 0};
      k.map_part(tanh, {gates.data(), 4 * size}, {curve.data(), size}, size);
      k.map_part_backward(tanh, {curve.data(), size}, {curve.data(), size}, {hidden.data()},
                          {curve.data()}, size);
      k.continue_rows({hidden.data()}, {cont.data()}, n, d, {hidden.data()});
      return std::vector<Blob>{gates, cells, hidden, diffs, cell_diff, conted, curve};
    });
  }
}

TEST(lstm_step_of_gates_half_open) {
  for (Kernels* kernels : all_backends()) {
    Blob cont = blob_of({1}, {1}), before = blob_of({1}, {2}), gates = blob_of({4}, {0, 0, 0, 0});
    Blob cells(Shape{1}), hidden(Shape{1}), diffs(Shape{4}), cell_diff = blob_of({1}, {3});
    kernels->lstm_step(
        {1, 1, {cont.data()}, {before.data()}, {gates.data()}, {cells.data()}, {hidden.data()}});
    check_values(gates, {0.5f, 0.5f, 0.5f, 0}, kernels->name());
    check_values(cells, {1}, kernels->name());
    const float squashed = std::tanh(1.0f), dc = 3 + 2 * 0.5f * (1 - squashed * squashed);
    check_values(hidden, {squashed / 2}, kernels->name());
    kernels->lstm_step_backward({1,
                                 1,
                                 {gates.data()},
                                 {before.data()},
                                 {cells.data()},
                                 {blob_of({1}, {2}).data()},
                                 {cell_diff.data()},
                                 {diffs.data()},
                                 {cell_diff.data()}});
    check_values(diffs, {0, dc * 2 * 0.25f, 2 * squashed * 0.25f, dc * 0.5f}, kernels->name());
    check_values(cell_diff, {dc / 2}, kernels->name());
  }
}

// What was before a sequence takes no part in it, not even as NaN.
TEST(a_step_that_begins_a_sequence_forgets) {
  for (Kernels* kernels : all_backends()) {
    Blob cont = blob_of({1}, {0}), before = blob_of({1}, {NAN}), gates = blob_of({4}, {0, 0, 0, 0});
    Blob cells(Shape{1}), hidden(Shape{1}), diffs(Shape{4}), before_diff = blob_of({1}, {9});
    kernels->continue_rows({before.data()}, {cont.data()}, 1, 1, {hidden.data()});
    check_values(hidden, {0}, kernels->name());
    kernels->lstm_step(
        {1, 1, {cont.data()}, {before.data()}, {gates.data()}, {cells.data()}, {hidden.data()}});
    check_values(cells, {0}, kernels->name());
    CHECK_EQ(gates.data().read()[1], 0.0f);
    kernels->lstm_step_backward({1,
                                 1,
                                 {gates.data()},
                                 {before.data()},
                                 {cells.data()},
                                 {blob_of({1}, {1}).data()},
                                 {hidden.data()},
                                 {diffs.data()},
                                 {before_diff.data()}});
    CHECK_EQ(diffs.data().read()[1], 0.0f);
    check_values(before_diff, {0}, kernels->name());
  }
}

}  // namespace
}  // namespace caffe::test
