// layers/pooling/unpooling.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string unpool(const std::string& fields) {
  return "type: 'UnPooling' unpooling_param { " + fields + " }";
}

TEST(unpooling_by_hand) {
  const auto out = [](const std::string& fields) {
    LayerRun run(
        unpool(fields + " out_kernel_h: 1 out_kernel_w: 3 out_stride_h: 1 out_stride_w: 2"),
        {{{1, 1, 1, 2}, {6, 12}}});
    run.forward();
    return run.out();
  };
  CHECK_CLOSE(out(""), {0, 6, 0, 12, 0});
  CHECK_CLOSE(out("unpool: REP"), {6, 6, 9, 12, 12});
  CHECK_CLOSE(out("unpool: DIV"), {2, 2, 3, 4, 4});
}

TEST(unpooling_to_the_size_of_a_second_bottom) {
  LayerRun run(unpool("unpool: REP"), {{{1, 1, 1, 3}, {1, 2, 3}}, {{5, 4, 2, 7}, {}}});
  run.forward();
  // Three windows of three, one of whose two more places is taken off in front.
  CHECK_EQ(run.top(0).shape(), Shape({1, 1, 2, 7}));
  CHECK_CLOSE(run.out(), {1, 1, 2, 2, 2, 3, 3, 1, 1, 2, 2, 2, 3, 3});
  run.set_top_diff(0, Values(14, 1));
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {4, 6, 4});
  run.bottom(0).reshape({2, 1, 1, 1});
  run.set_bottom(0, {4, 5});
  run.bottom(1).reshape({1, 1, 1, 2});
  run.forward();
  CHECK_CLOSE(run.out(), {4, 4, 5, 5});
}

TEST(unpooling_where_a_later_value_overwrites) {
  // The middle of the first window is cut off: it comes to that of the second.
  LayerRun run(unpool("out_kernel_size: 1 out_pad: 1"),
               {{{1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}});
  run.forward();
  CHECK_CLOSE(run.out(), {9});
  run.set_top_diff(0, {2});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {0, 0, 0, 0, 0, 0, 0, 0, 2});
}

TEST(unpooling_rejects_what_does_not_fit) {
  const auto make = [](const std::string& fields, const Shape& shape = {1, 1, 2, 2}) {
    LayerRun run(unpool(fields), {{shape, {}}});
  };
  CHECK_FAILS(Status::kInvalidArgument, "kernel and stride must be at least 1", make(""));
  CHECK_FAILS(Status::kInvalidArgument,
              "either out_kernel_size or both out_kernel_h and out_kernel_w",
              make("out_kernel_h: 2"));
  CHECK_FAILS(Status::kInvalidArgument, "must be at least 1",
              make("out_kernel_size: 2 out_stride: 0"));
  CHECK_FAILS(Status::kShape, "bottom \"data\": nothing is left of 2 windows",
              make("out_kernel_size: 2 out_pad: 2"));
  CHECK_FAILS(Status::kShape, "must have 4 axes", make("out_kernel_size: 2", {1, 2, 2}));
  LayerRun large(unpool("out_kernel_h: 4294967295 out_kernel_w: 1000000"), {{{1, 1, 1, 1}, {}}});
  CHECK_FAILS(Status::kOutOfMemory, "no memory for a blob", large.forward());
}

const GradientCases gradients{
    {"type: 'UnPooling' unpooling_param { out_kernel_size: 3 out_stride: 2 out_pad: 1 }",
     {{-1, -1, 3, 2}}},
    {"type: 'UnPooling' unpooling_param { unpool: REP out_kernel_size: 3 out_stride: 2 }",
     {{-1, -1, 3, 2}}},
    {"type: 'UnPooling' unpooling_param { unpool: DIV }", {{-1, -1, 2, 3}, {1, 1, 5, 7}}},
};

}  // namespace
}  // namespace caffe::test
