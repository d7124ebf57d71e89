// layers/pooling/spp.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string spp(const std::string& fields) {
  return "type: 'SPP' spp_param { " + fields + " }";
}

TEST(spp_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(spp("pyramid_height: 2"),
                 {{{1, 2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 9, 8, 12, 11, 10}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    // Level 1 has columns of 2, a padding of 1: {1}, {2, 3}.
    CHECK_CLOSE(run.out(), {6, 12, 1, 3, 4, 6, 7, 9, 12, 11});
    run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {3, 0, 4, 5, 0, 7, 7, 8, 0, 11, 10, 0});
  });
}

TEST(spp_of_one_level_keeps_four_axes) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(spp("pyramid_height: 1 pool: AVE"), {{{1, 2, 1, 2}, {1, 2, 3, 5}}},
                 {TEST, 1, false, &kernels});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({1, 2, 1, 1}));
    CHECK_CLOSE(run.out(), {1.5f, 4});
    run.set_top_diff(0, {2, 4});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {1, 1, 2, 2});
  });
}

TEST(spp_makes_one_size_of_many) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(spp("pyramid_height: 2"), {{{1, 1, 2, 2}, {1, 2, 3, 4}}},
                 {TEST, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {4, 1, 2, 3, 4});
    // A gradient in phase TEST, whose forward kept no maxima.
    run.set_top_diff(0, {1, 2, 3, 4, 5});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {2, 3, 4, 6});
    run.bottom(0).reshape({2, 1, 4, 2});
    run.set_bottom(0, {1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1});
    run.forward();
    CHECK_CLOSE(run.out(), {8, 3, 4, 7, 8, 8, 8, 7, 4, 3});
    run.bottom(0).reshape({0, 1, 4, 2});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({0, 5}));
  });
}

void rejected(Status status, const std::string& fields, const std::string& message,
              const Shape& bottom = {1, 2, 6, 6}) {
  CHECK_FAILS(status, message, LayerRun(spp(fields), {{bottom, {}}}));
}

TEST(spp_rejects_what_does_not_fit) {
  rejected(Status::kInvalidArgument, "", "pyramid_height must be given, from 1 to 31, not 0");
  rejected(Status::kInvalidArgument, "pyramid_height: 32", "from 1 to 31");
  rejected(Status::kInvalidArgument, "pyramid_height: 1 pool: STOCHASTIC", "neither MAX nor AVE");
  rejected(Status::kShape, "pyramid_height: 3",
           "bottom \"data\" is too small for level 2: 2 are too few for 4 bins", {1, 2, 6, 2});
  rejected(Status::kShape, "pyramid_height: 1", "must have 4 axes", {1, 2, 6});
}

const GradientCases gradients{
    {"type: 'SPP' spp_param { pyramid_height: 3 }", {{-1, -1, 7, 8}}},
    {"type: 'SPP' spp_param { pyramid_height: 2 pool: AVE }", {{-1, -1, 3, 5}}, 1, 0, TEST},
};

}  // namespace
}  // namespace caffe::test
