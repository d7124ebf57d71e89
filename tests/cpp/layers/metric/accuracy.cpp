// Accuracy: ties, labels that are ignored, each class, and the forks' words.
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(accuracy_divides_by_a_denominator) {
  const std::vector<Input> inputs = {{{2, 2}, {1, 0, 1, 0}}, {{2}, {0, 0}}};
  LayerRun run("type: 'Accuracy' accuracy_param { denominator: 8 }", inputs, {TEST});
  run.forward();
  CHECK_CLOSE(run.out(), {0.25f});
  CHECK_FAILS(Status::kInvalidArgument, "denominator must be at least 0, not -1",
              LayerRun("type: 'Accuracy' accuracy_param { denominator: -1 }", inputs));
}

TEST(accuracy_of_segnet) {
  LayerRun run("type: 'Accuracy'", {{{3, 3}, {1, 1, 0, 1, 1, 0, 0, 0, 1}}, {{3}, {0, 1, 1}}},
               {TEST, 2, false, nullptr, 1, "segnet"});
  run.forward();
  CHECK_EQ(run.top(1).shape(), Shape({3, 1, 1, 1}));
  CHECK_CLOSE(run.out(0), {1 / 3.0f});
  CHECK_CLOSE(run.out(1), {0, 0.5f, 1});
}

// Three items of three classes; the label's score is first, second and third.
const Values kScores = {3, 2, 1, 2, 3, 1, 1, 3, 2};

Values accuracy(const std::string& fields, const Values& labels, size_t tops = 1,
                const Values& scores = kScores) {
  const int64_t items = static_cast<int64_t>(labels.size());
  LayerRun run("type: 'Accuracy' accuracy_param { " + fields + " }",
               {{{items, 3}, scores}, {{items}, labels}}, {TEST, tops});
  run.forward();
  Values all = run.out(0);
  for (size_t t = 1; t < tops; ++t) {
    const Values more = run.out(t);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

TEST(accuracy_counts_labels_among_the_top) {
  CHECK_CLOSE(accuracy("", {0, 0, 0}), {1 / 3.0f});
  CHECK_CLOSE(accuracy("top_k: 2", {0, 0, 0}), {2 / 3.0f});
  CHECK_CLOSE(accuracy("top_k: 3", {0, 0, 0}), {1});
}

TEST(accuracy_of_ties_is_0) {
  CHECK_CLOSE(accuracy("", {0, 1, 2}, 1, Values(9, 0.5f)), {0});
  CHECK_CLOSE(accuracy("top_k: 2", {0, 1, 2}, 1, Values(9, 0.5f)), {0});
  CHECK_CLOSE(accuracy("top_k: 2", {0}, 1, {1, 1, 0}), {1});
}

TEST(accuracy_of_scores_that_are_no_numbers_is_0) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_CLOSE(accuracy("", {0}, 1, {nan, 1, 2}), {0});
  CHECK_CLOSE(accuracy("", {0}, 1, {3, nan, 2}), {0});
  CHECK_CLOSE(accuracy("top_k: 2", {0}, 1, {nan, nan, nan}), {0});
}

TEST(accuracy_ignores_a_label) {
  CHECK_CLOSE(accuracy("ignore_label: 1", {0, 1, 1}), {1});
  CHECK_CLOSE(accuracy("ignore_label: 255", {255, 255, 255}), {0});
}

TEST(accuracy_of_each_class) {
  CHECK_CLOSE(accuracy("", {0, 0, 1}, 2), {2 / 3.0f, 0.5f, 1, 0});
  CHECK_CLOSE(accuracy("ignore_label: 0", {0, 0, 1}, 2), {1, 0, 1, 0});
}

TEST(accuracy_along_another_axis) {
  LayerRun run("type: 'Accuracy' accuracy_param { axis: 0 }",
               {{{2, 3}, {5, 1, 5, 1, 5, 1}}, {{3}, {0, 1, 1}}}, {TEST});
  run.forward();
  CHECK_CLOSE(run.out(), {2 / 3.0f});
}

TEST(accuracy_adds_nothing_to_a_gradient) {
  LayerRun run("type: 'Accuracy'", {{{1, 2}, {}}, {{1}, {0}}});
  run.forward();
  set_values(run.bottom(0).diff(), {7, 7});
  run.backward({true, false});
  CHECK_CLOSE(run.bottom_diff(), {0, 0});
  LayerRun weighted("type: 'Accuracy' loss_weight: 1", {{{1, 2}, {}}, {{1}, {0}}});
  weighted.forward();
  CHECK_FAILS(Status::kUnsupported, "has no gradient", weighted.backward({true, false}));
}

TEST(accuracy_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "top_k must be at least 1 and at most 3",
              accuracy("top_k: 9", {0}, 1, {1, 2, 3}));
  CHECK_FAILS(Status::kInvalidArgument, "top_k must be at least 1",
              accuracy("top_k: 0", {0}, 1, {1, 2, 3}));
  CHECK_FAILS(Status::kInvalidArgument, "holds the label 3 at index 0; with 3 classes",
              accuracy("", {3}, 1, {1, 2, 3}));
  CHECK_FAILS(Status::kShape, "holds 4 labels, but",
              LayerRun("type: 'Accuracy'", {{{2, 5}, {}}, {{2, 2}, {}}}));
}

}  // namespace
}  // namespace caffe::test
