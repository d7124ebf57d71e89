// Slice: where the first values lie, and cuts that are none.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(slice_first_values_lie_where_they_should) {
  LayerRun run("type: 'Slice'", {{{2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}}, {TRAIN, 2});
  run.forward();
  CHECK_CLOSE(run.out(0), {1, 2, 5, 6});
  CHECK_CLOSE(run.out(1), {3, 4, 7, 8});
}

void slice_rejected(Status status, const std::string& fields, const std::string& message,
                    size_t tops = 2) {
  CHECK_FAILS(
      status, message,
      LayerRun("type: 'Slice' slice_param { " + fields + " }", {{{2, 5}, {}}}, {TRAIN, tops}));
}

TEST(slice_rejects_what_does_not_fit) {
  slice_rejected(Status::kShape, "", "cannot be cut into 2 equal parts along axis 1");
  slice_rejected(Status::kInvalidArgument, "slice_point: 1 slice_point: 2",
                 "is given 2 times; for 2 tops");
  slice_rejected(Status::kInvalidArgument, "slice_point: 3 slice_point: 2", "2 follows 3", 3);
  slice_rejected(Status::kInvalidArgument, "slice_point: 9", "must rise from 1 to at most 4");
  slice_rejected(Status::kInvalidArgument, "axis: 1 slice_dim: 1 slice_point: 1",
                 "both axis and slice_dim");
}

const GradientCases gradients{
    {"type: 'Slice' slice_param { axis: 0 }", {{2, -1, -1}}, 1, 0, TRAIN, 2},
};

}  // namespace
}  // namespace caffe::test
