// ParseEvaluate: counts by hand.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

LayerRun evaluated(const std::string& fields, const Values& predictions, const Values& truths) {
  const Shape shape{1, 1, 1, 4};
  LayerRun run("type: 'ParseEvaluate' parse_evaluate_param { " + fields + " }",
               {{shape, predictions}, {shape, truths}}, {TEST});
  run.forward();
  return run;
}

TEST(parse_evaluate_by_hand) {
  LayerRun run = evaluated("num_labels: 2 ignore_label: 255", {0, 1, 1, 9}, {0, 1, 0, 255});
  CHECK_EQ(run.top(0).shape(), Shape({1, 2, 1, 3}));
  CHECK_CLOSE(run.out(), {1, 2, 1, 1, 1, 2});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 2, 1, 1, 1, 2});
}

TEST(parse_evaluate_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "num_labels must be given",
              evaluated("", {0, 0, 0, 0}, {0, 0, 0, 0}));
  CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\" holds the label 2 at index 3",
              evaluated("num_labels: 2", {0, 0, 0, 0}, {0, 0, 0, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "bottom \"data\" holds the label -1 at index 0",
              evaluated("num_labels: 2", {-1, 0, 0, 0}, {0, 0, 0, 0}));
  CHECK_FAILS(Status::kShape, "must hold equally many labels",
              LayerRun("type: 'ParseEvaluate' parse_evaluate_param { num_labels: 2 }",
                       {{{1, 1, 2, 2}, {}}, {{1, 1, 1, 3}, {}}}));
}

}  // namespace
}  // namespace caffe::test
