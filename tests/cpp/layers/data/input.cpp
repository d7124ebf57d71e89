// Input: the shapes it gives its tops, and those that are none.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(input_shapes_its_tops) {
  LayerRun one("type: 'Input' input_param { shape { dim: 2 dim: 3 } }", {}, {TEST, 2});
  CHECK_EQ(one.top(0).shape(), Shape({2, 3}));
  CHECK_EQ(one.top(1).shape(), Shape({2, 3}));
  one.top(0).reshape({5});
  one.forward();
  CHECK_EQ(one.top(0).shape(), Shape({5}));
  LayerRun each("type: 'Input' input_param { shape { dim: 2 } shape {} }", {}, {TEST, 2});
  CHECK_EQ(each.top(0).shape(), Shape({2}));
  CHECK_EQ(each.top(1).shape(), Shape{});
  CHECK_EQ(LayerRun("type: 'Input'", {}).top(0).count(), int64_t{0});
}

TEST(input_rejects_shapes_that_do_not_fit) {
  CHECK_FAILS(
      Status::kInvalidArgument, "shape is given 2 times; it is wanted once, once for each of the 3",
      LayerRun("type: 'Input' input_param { shape { dim: 1 } shape { dim: 2 } }", {}, {TEST, 3}));
  CHECK_FAILS(Status::kShape, "not -2",
              LayerRun("type: 'Input' input_param { shape { dim: -2 } }", {}));
  CHECK_FAILS(
      Status::kShape, "does not fit 64 bits",
      LayerRun("type: 'Input' input_param { shape { dim: 9999999999 dim: 9999999999 } }", {}));
}

}  // namespace
}  // namespace caffe::test
