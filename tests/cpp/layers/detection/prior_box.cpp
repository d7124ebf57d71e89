#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string prior_box(const std::string& fields) {
  return "type: 'PriorBox' prior_box_param { " + fields + " }";
}

// The boxes and variances for a map of 1 x 1 and an image of 10 x 20 (height, width).
Values priors(const std::string& fields) {
  LayerRun run(prior_box(fields), {{{1, 2, 1, 1}, {}}, {{1, 3, 10, 20}, {}}}, {TEST});
  run.forward();
  return run.out();
}

TEST(prior_box_lies_in_the_middle_of_its_cell) {
  CHECK_CLOSE(priors("min_size: 4"), {0.4f, 0.3f, 0.6f, 0.7f, 0.1f, 0.1f, 0.1f, 0.1f});
  // Sizes are cut to whole pixels.
  CHECK_CLOSE(priors("min_size: 4.9"), {0.4f, 0.3f, 0.6f, 0.7f, 0.1f, 0.1f, 0.1f, 0.1f});
  CHECK_CLOSE(priors("min_size: 4 offset: 0 step: 10 clip: true variance: 0.2"),
              {0, 0, 0.1f, 0.2f, 0.2f, 0.2f, 0.2f, 0.2f});
  CHECK_CLOSE(
      priors("min_size: 4 img_h: 4 img_w: 8 variance: 1 variance: 2 variance: 3 variance: 4"),
      {0.25f, 0, 0.75f, 1, 1, 2, 3, 4});
}

TEST(prior_box_order_is_min_max_ratios) {
  // Squares of 4 and of the root of 4 * 9, then 4 * 2 by 4 / 2 and the other way round.
  const Values boxes = priors("min_size: 4 max_size: 9.5 aspect_ratio: 1 aspect_ratio: 4");
  CHECK_EQ(boxes.size(), size_t{32});
  CHECK_CLOSE(Values(boxes.begin(), boxes.begin() + 16),
              {0.4f, 0.3f, 0.6f, 0.7f, 0.35f, 0.2f, 0.65f, 0.8f,  //
               0.3f, 0.4f, 0.7f, 0.6f, 0.45f, 0.1f, 0.55f, 0.9f});
}

TEST(prior_box_counts_each_ratio_once) {
  const auto count = [](const std::string& fields) { return priors(fields).size() / 8; };
  CHECK_EQ(count("min_size: 4 aspect_ratio: 2 aspect_ratio: 0.5 aspect_ratio: 2"), size_t{3});
  CHECK_EQ(count("min_size: 4 aspect_ratio: 2 flip: false"), size_t{2});
  CHECK_EQ(count("min_size: 4 min_size: 6 max_size: 5 max_size: 8 aspect_ratio: 2"), size_t{8});
}

TEST(prior_box_goes_row_by_row_and_follows_the_shape) {
  LayerRun run(prior_box("min_size: 2"), {{{1, 1, 1, 2}, {}}, {{1, 3, 8, 8}, {}}}, {TEST});
  run.forward();
  CHECK_EQ(run.top(0).shape(), (Shape{1, 2, 8}));
  CHECK_NEAR(run.out()[0], 0.125, 1e-6, 0);
  CHECK_NEAR(run.out()[4], 0.625, 1e-6, 0);
  run.bottom(0).reshape({1, 1, 2, 1});
  run.forward();
  CHECK_NEAR(run.out()[4], 0.375, 1e-6, 0);
  CHECK_NEAR(run.out()[5], 0.625, 1e-6, 0);
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {0, 0});
}

TEST(prior_box_refuses_what_makes_no_box) {
  const auto refused = [](const std::string& part, const std::string& fields) {
    CHECK_FAILS(Status::kInvalidArgument, part, priors(fields));
  };
  refused("min_size is not given", "");
  refused("min_size: 0", "min_size: 0");
  refused("max_size: 3", "min_size: 4 max_size: 3");
  refused("max_size is given 1 times", "min_size: 4 min_size: 5 max_size: 7");
  refused("aspect_ratio: -1", "min_size: 4 aspect_ratio: -1");
  refused("variance is given 2 times", "min_size: 4 variance: 1 variance: 1");
  refused("variance: 0", "min_size: 4 variance: 0");
  refused("img is 4 high and 0 wide", "min_size: 4 img_h: 4");
  refused("step_h and step_w", "min_size: 4 step: 1 step_h: 1 step_w: 1");
  CHECK_FAILS(Status::kShape, "N x C x H x W",
              LayerRun(prior_box("min_size: 2"), {{{1, 8}, {}}, {{1, 3, 8, 8}, {}}}));
}

}  // namespace
}  // namespace caffe::test
