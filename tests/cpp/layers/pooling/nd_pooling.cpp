// NdPooling: windows along any number of axes.
#include <cfloat>
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string pool(const std::string& fields) {
  return "type: 'NdPooling' pooling_param { " + fields + " }";
}

TEST(nd_pooling_by_hand) {
  const std::vector<Input> inputs = {{{1, 1, 2, 1, 3}, {1, 5, 3, 4, 2, 6}}};
  LayerRun most(pool("kernel_shape { dim: 2 dim: 1 dim: 2 }"), inputs);
  most.forward();
  CHECK_EQ(most.top(0).shape(), Shape({1, 1, 1, 1, 2}));
  CHECK_CLOSE(most.out(), {5, 6});
  most.set_top_diff(0, {1, 2});
  most.backward();
  CHECK_CLOSE(most.bottom_diff(), {0, 1, 0, 0, 0, 2});
  LayerRun mean(pool("pool: AVE kernel_shape { dim: 2 dim: 1 dim: 2 }"), inputs);
  mean.forward();
  CHECK_CLOSE(mean.out(), {3, 4});
}

TEST(nd_pooling_of_two_axes_is_a_pooling) {
  const std::vector<Input> inputs = {{{2, 3, 7, 8}, {}}};
  for (const std::string method : {"pool: MAX", "pool: AVE"}) {
    for (const std::string rounding : {"", " round_mode: FLOOR", " torch_pooling: true"}) {
      LayerRun nd(pool(method + rounding +
                       " kernel_shape { dim: 3 dim: 2 } stride_shape { dim: 2 dim: 3 }"
                       " pad_shape { dim: 1 dim: 1 }"),
                  inputs);
      LayerRun plain("type: 'Pooling' pooling_param { " + method + rounding +
                         " kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 3 pad: 1 }",
                     inputs);
      nd.forward();
      plain.forward();
      CHECK_EQ(nd.top(0).shape(), plain.top(0).shape());
      CHECK_CLOSE(nd.out(), plain.out());
      const Values diff = distinct_values(nd.top(0).count(), 3);
      nd.set_top_diff(0, diff);
      plain.set_top_diff(0, diff);
      nd.backward();
      plain.backward();
      CHECK_CLOSE(nd.bottom_diff(), plain.bottom_diff());
    }
  }
}

TEST(nd_pooling_of_all_and_of_odd_values) {
  LayerRun all(pool("global_pooling: true pool: AVE"), {{{1, 2, 1, 1, 2}, {1, 3, 5, 9}}});
  all.forward();
  CHECK_CLOSE(all.out(), {2, 7});
  all.bottom(0).reshape({1, 1, 2, 1, 2});
  all.set_bottom(0, {1, 2, 3, 6});
  all.forward();
  CHECK_CLOSE(all.out(), {3});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  LayerRun odd(pool("kernel_shape { dim: 1 } stride_shape { dim: 3 }"),
               {{{1, 1, 5}, {nan, 1, 2, 3, 4}}});
  odd.forward();
  // The last window begins behind the image.
  CHECK_CLOSE(odd.out(), {nan, 3, -FLT_MAX});
  odd.set_top_diff(0, {1, 2, 3});
  odd.backward();
  CHECK_CLOSE(odd.bottom_diff(), {1, 0, 0, 2, 0});
}

TEST(nd_pooling_rejects_what_does_not_fit) {
  const auto make = [](const std::string& fields, const Shape& shape = {1, 1, 3, 4, 5}) {
    LayerRun run(pool(fields), {{shape, {}}});
  };
  const std::string kernel = "kernel_shape { dim: 2 dim: 2 dim: 2 } ";
  CHECK_FAILS(Status::kInvalidArgument, "kernel_shape must be given", make(""));
  CHECK_FAILS(Status::kInvalidArgument, "kernel_shape has 2 numbers",
              make("kernel_shape { dim: 2 dim: 2 }"));
  CHECK_FAILS(Status::kInvalidArgument, "stride_shape has 0, expected numbers from 1 on",
              make(kernel + "stride_shape { dim: 1 dim: 0 dim: 1 }"));
  CHECK_FAILS(Status::kInvalidArgument, "kernel_shape has 4611686018427387905",
              make("kernel_shape { dim: 4611686018427387905 dim: 1 dim: 1 }"));
  CHECK_FAILS(Status::kInvalidArgument, "must be less than the kernel",
              make(kernel + "pad_shape { dim: 0 dim: 2 dim: 0 }"));
  CHECK_FAILS(Status::kUnsupported, "NdPooling: pooling_param.kernel_size", make("kernel_size: 2"));
  CHECK_FAILS(Status::kUnsupported, "neither MAX nor AVE", make(kernel + "pool: STOCHASTIC"));
  CHECK_FAILS(Status::kInvalidArgument, "global_pooling takes the window",
              make(kernel + "global_pooling: true"));
  CHECK_FAILS(Status::kInvalidArgument, "contradict each other",
              make(kernel + "round_mode: CEIL round_below: true"));
  CHECK_FAILS(Status::kShape, "at least 3 axes", make(kernel, {2, 3}));
  CHECK_FAILS(Status::kShape, "spatial axis 0: the kernel is too large",
              make("kernel_shape { dim: 9 dim: 1 dim: 1 }"));
  LayerRun run(pool(kernel), {{{1, 1, 3, 4, 5}, {}}});
  run.bottom(0).reshape({1, 1, 3, 4});
  CHECK_FAILS(Status::kShape, "expected 5 axes", run.forward());
}

const GradientCases gradients{
    {pool("kernel_shape { dim: 2 dim: 3 dim: 1 } stride_shape { dim: 2 dim: 1 dim: 1 }"
          " pad_shape { dim: 1 dim: 1 dim: 0 }"),
     {{-1, -1, 3, 4, 2}}},
    {pool("pool: AVE kernel_shape { dim: 2 dim: 3 } pad_shape { dim: 1 dim: 1 }"),
     {{-1, -1, 3, 4}}},
    {pool("pool: AVE global_pooling: true"), {{-1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
