// layers/shape/interp.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string interp(const std::string& fields) {
  return "type: 'Interp' interp_param { " + fields + " }";
}

TEST(interp_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(interp("height: 1 width: 5"),
                 {{{1, 2, 2, 3}, {0, 4, 2, 9, 9, 9, 1, 1, 5, 9, 9, 9}}},
                 {TRAIN, 1, false, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {0, 2, 4, 3, 2, 1, 1, 1, 3, 5});
    run.set_top_diff(0, {1, 2, 3, 4, 5, 0, 0, 0, 2, 0});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {2, 6, 7, 0, 0, 0, 0, 1, 1, 0, 0, 0});
  });
}

TEST(interp_of_channels_last_values) {
  const auto resized = [](bool channels_last) {
    LayerRun run(interp("zoom_factor: 3 pad_beg: -1"), {{{2, 3, 4, 5}, {}}});
    if (channels_last) run.bottom(0).data().update(Place::kHostNhwc);
    run.forward();
    return run.out();
  };
  CHECK_CLOSE(resized(true), resized(false));
}

TEST(interp_chooses_its_size) {
  const auto shape = [](const std::string& fields) {
    return LayerRun(interp(fields), {{{1, 1, 5, 7}, {}}}).top(0).shape();
  };
  CHECK_EQ(shape("shrink_factor: 2 height: 9 width: 9"), Shape({1, 1, 3, 4}));
  CHECK_EQ(shape("zoom_factor: 2 height: 9 width: 9"), Shape({1, 1, 9, 13}));
  CHECK_EQ(shape("zoom_factor: 2 shrink_factor: 2 height: 4 width: 3"), Shape({1, 1, 4, 3}));
  CHECK_EQ(shape("zoom_factor: 2 shrink_factor: 3"), Shape({1, 1, 3, 5}));
  CHECK_EQ(shape("zoom_factor: 2 pad_beg: -1 pad_end: -2"), Shape({1, 1, 3, 7}));
}

TEST(interp_follows_new_shapes) {
  LayerRun run(interp("zoom_factor: 2"), {{{1, 1, 1, 2}, {1, 3}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 2, 3});
  run.bottom(0).reshape({2, 1, 1, 1});
  run.set_bottom(0, {7, 8});
  run.forward();
  CHECK_CLOSE(run.out(), {7, 8});
}

TEST(interp_rejects_what_does_not_fit) {
  const auto make = [](const std::string& fields, const Shape& shape = {1, 1, 5, 7}) {
    LayerRun run(interp(fields), {{shape, {}}});
  };
  CHECK_FAILS(Status::kInvalidArgument, "must give shrink_factor, zoom_factor, or height and width",
              make("height: 3"));
  CHECK_FAILS(Status::kInvalidArgument, "factors and sizes must be at least 1",
              make("zoom_factor: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "factors and sizes must be at least 1",
              make("height: -1 width: 3"));
  CHECK_FAILS(Status::kInvalidArgument, "must be at most 0", make("zoom_factor: 2 pad_beg: 1"));
  CHECK_FAILS(Status::kShape, "nothing is left of bottom \"data\"",
              make("zoom_factor: 2 pad_end: -5"));
  CHECK_FAILS(Status::kShape, "must have 4 axes", make("zoom_factor: 2", {1, 5, 7}));
}

const GradientCases gradients{
    {"type: 'Interp' interp_param { zoom_factor: 3 }", {{-1, -1, -1, -1}}},
    {"type: 'Interp' interp_param { height: 3 width: 2 pad_beg: -1 pad_end: -1 }",
     {{-1, -1, 5, 6}}},
};

}  // namespace
}  // namespace caffe::test
