// layers/shape/flatten.cpp, reshape.cpp, concat.cpp, slice.cpp, axis_parts.cpp
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

Shape reshaped(const std::string& fields, const Shape& bottom) {
  return LayerRun("type: 'Reshape' reshape_param { " + fields + " }", {{bottom, {}}})
      .top(0)
      .shape();
}

TEST(reshape_keeps_infers_and_replaces_axes) {
  CHECK_EQ(reshaped("shape { dim: 0 dim: -1 }", {2, 3, 4}), Shape({2, 12}));
  CHECK_EQ(reshaped("shape { dim: 0 dim: 2 dim: -1 dim: 4 }", {3, 16}), Shape({3, 2, 2, 4}));
  CHECK_EQ(reshaped("axis: 1 num_axes: 1 shape { dim: 3 dim: 2 }", {2, 6, 4}), Shape({2, 3, 2, 4}));
  CHECK_EQ(reshaped("axis: -1 shape { dim: 1 }", {2, 3}), Shape({2, 3, 1}));
  CHECK_EQ(reshaped("axis: 1 num_axes: 0 shape { dim: 1 }", {2, 3}), Shape({2, 1, 3}));
  CHECK_EQ(reshaped("shape {}", {1, 1}), Shape{});
}

TEST(reshape_rejects_what_does_not_fit) {
  const Shape bottom = {2, 5};
  CHECK_FAILS(Status::kInvalidArgument, "more than one -1",
              reshaped("shape { dim: -1 dim: -1 }", bottom));
  CHECK_FAILS(Status::kInvalidArgument, "-2 is no extent", reshaped("shape { dim: -2 }", bottom));
  CHECK_FAILS(Status::kShape,
              "bottom \"data\" of shape 2 5 (10) cannot become 1 7 (7), whatever its -1 is",
              reshaped("shape { dim: -1 dim: 7 }", bottom));
  CHECK_FAILS(Status::kShape, "cannot become 3 3 (9)", reshaped("shape { dim: 3 dim: 3 }", bottom));
  CHECK_FAILS(Status::kShape, "has a 0 at axis 2",
              reshaped("shape { dim: 0 dim: 0 dim: 0 }", bottom));
  CHECK_FAILS(Status::kShape, "reshape_param.axis: 3",
              reshaped("axis: 3 shape { dim: 1 }", bottom));
  CHECK_FAILS(Status::kShape, "num_axes: 2 from axis 1",
              reshaped("axis: 1 num_axes: 2 shape { dim: 5 }", bottom));
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place",
              LayerRun("type: 'Reshape'", {{bottom, {}}}, {TRAIN, 1, true}));
}

TEST(reshape_and_flatten_share_values_and_gradients) {
  for (const char* text :
       {"type: 'Flatten'", "type: 'Reshape' reshape_param { shape { dim: 0 dim: -1 } }"}) {
    LayerRun run(text, {{{1, 2, 2}, {1, 2, 3, 4}}});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({1, 4}));
    CHECK_CLOSE(run.out(), {1, 2, 3, 4});
    run.set_top_diff(0, {5, 6, 7, 8});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {5, 6, 7, 8});
  }
}

Shape flattened(const std::string& fields, const Shape& bottom) {
  return LayerRun("type: 'Flatten' flatten_param { " + fields + " }", {{bottom, {}}})
      .top(0)
      .shape();
}

TEST(flatten_takes_axes_together) {
  CHECK_EQ(flattened("", {2, 3, 4, 5}), Shape({2, 60}));
  CHECK_EQ(flattened("axis: 0", {2, 3, 4, 5}), Shape({120}));
  CHECK_EQ(flattened("axis: -3 end_axis: -2", {2, 3, 4, 5}), Shape({2, 12, 5}));
  CHECK_FAILS(Status::kInvalidArgument, "must not lie behind end_axis",
              flattened("axis: 2 end_axis: 1", {2, 3, 4}));
  CHECK_FAILS(Status::kShape, "flatten_param.axis does not fit", flattened("axis: 3", {2, 3, 4}));
}

// Puts the values of the blob into the channels-last order only.
void move_to_nhwc(Tensor tensor) {
  tensor.update(Place::kHostNhwc);
}

TEST(concat_and_slice_are_inverse_in_every_order_and_along_every_axis) {
  const Shape whole = {2, 5, 3, 2};
  for (const bool nhwc : {false, true}) {
    for (int axis = 0; axis < 4; ++axis) {
      const int64_t size = whole[axis];
      LayerRun slice(str("type: 'Slice' slice_param { axis: ", axis - 4, " slice_point: 1 }"),
                     {{whole, {}}}, {TRAIN, 2});
      if (nhwc) move_to_nhwc(slice.bottom(0).data());
      slice.forward();
      CHECK_EQ(slice.top(0).dim(axis), int64_t{1});
      CHECK_EQ(slice.top(1).dim(axis), size - 1);

      LayerRun concat(str("type: 'Concat' concat_param { axis: ", axis, " }"),
                      {{slice.top(0).shape(), slice.out(0)}, {slice.top(1).shape(), slice.out(1)}});
      if (nhwc) move_to_nhwc(concat.bottom(0).data());
      if (nhwc) move_to_nhwc(concat.bottom(1).data());
      concat.forward();
      CHECK(concat.out() == values_of(slice.bottom(0).data()));

      const Values gradient = distinct_values(whole.count(), 9);
      concat.set_top_diff(0, gradient);
      if (nhwc) move_to_nhwc(concat.top(0).diff());
      concat.backward();
      slice.set_top_diff(0, concat.bottom_diff(0));
      slice.set_top_diff(1, concat.bottom_diff(1));
      slice.backward();
      CHECK(slice.bottom_diff() == gradient);
    }
  }
}

TEST(slice_first_values_lie_where_they_should) {
  LayerRun run("type: 'Slice'", {{{2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}}, {TRAIN, 2});
  run.forward();
  CHECK_CLOSE(run.out(0), {1, 2, 5, 6});
  CHECK_CLOSE(run.out(1), {3, 4, 7, 8});
}

TEST(concat_passes_over_bottoms_without_gradient) {
  LayerRun run("type: 'Concat'", {{{1, 1}, {}}, {{1, 2}, {}}});
  run.forward();
  set_values(run.bottom(0).diff(), {9});
  run.set_top_diff(0, {1, 2, 3});
  run.backward({false, true});
  CHECK_CLOSE(run.bottom_diff(0), {9});
  CHECK_CLOSE(run.bottom_diff(1), {2, 3});
}

TEST(concat_and_slice_of_one_blob_share_it) {
  for (const char* type : {"Concat", "Slice"}) {
    LayerRun run(str("type: '", type, "'"), {{{1, 2}, {1, 2}}});
    run.forward();
    CHECK(run.top(0).data_storage() == run.bottom(0).data_storage());
    CHECK(run.top(0).diff_storage() == run.bottom(0).diff_storage());
  }
}

TEST(concat_takes_empty_blobs) {
  LayerRun run("type: 'Concat' concat_param { axis: 0 }", {{{0, 2}, {}}, {{1, 2}, {1, 2}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 2});
}

TEST(concat_rejects_what_does_not_fit) {
  CHECK_FAILS(Status::kShape, "bottom \"label\" of shape 2 2 3 3 (36) does not fit bottom \"data\"",
              LayerRun("type: 'Concat'", {{{2, 3, 6, 6}, {}}, {{2, 2, 3, 3}, {}}}));
  CHECK_FAILS(Status::kShape, "does not fit",
              LayerRun("type: 'Concat'", {{{2, 3, 6, 6}, {}}, {{2, 5}, {}}}));
  CHECK_FAILS(Status::kInvalidArgument, "both axis and concat_dim",
              LayerRun("type: 'Concat' concat_param { axis: 1 concat_dim: 1 }",
                       {{{2, 5}, {}}, {{2, 5}, {}}}));
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
    {"type: 'Concat'", {{2, -1, 3}, {2, 2, 3}}, 2},
    {"type: 'Slice' slice_param { axis: 0 }", {{2, -1, -1}}, 1, 0, TRAIN, 2},
    {"type: 'Flatten'", {{-1, -1, -1}}},
    {"type: 'Reshape' reshape_param { shape { dim: 1 dim: -1 } }", {{-1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
