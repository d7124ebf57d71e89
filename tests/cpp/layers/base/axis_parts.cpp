// Parts along an axis, joined and cut in every order of the values (Concat, Slice).
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

TEST(concat_and_slice_of_one_blob_share_it) {
  for (const char* type : {"Concat", "Slice"}) {
    LayerRun run(str("type: '", type, "'"), {{{1, 2}, {1, 2}}});
    run.forward();
    CHECK(run.top(0).data_storage() == run.bottom(0).data_storage());
    CHECK(run.top(0).diff_storage() == run.bottom(0).diff_storage());
  }
}

}  // namespace
}  // namespace caffe::test
