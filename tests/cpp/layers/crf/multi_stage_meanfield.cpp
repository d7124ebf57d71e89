// MultiStageMeanfield: one pixel by hand, each item with its image, older fields.
#include <cmath>
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "schema/files.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const std::string kThetas = "theta_alpha: 3 theta_beta: 0.5 theta_gamma: 1.5";

std::string meanfield(const std::string& fields) {
  return "type: 'MultiStageMeanfield' multi_stage_meanfield_param { " + fields + " }";
}

Values image(int64_t pixels) {
  return distinct_values(3 * pixels, 4);
}

// With one pixel every kernel is the identity.
TEST(meanfield_of_one_pixel_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run(meanfield("num_iterations: 2 spatial_filter_weights_str: '2 3 ' "
                           "bilateral_filter_weights_str: '1 4 ' " +
                           kThetas),
                 {{{1, 2, 1, 1}, {0.5f, -1}}, {{1, 2, 1, 1}, {1, 2}}, {{1, 3, 1, 1}, {7, 8, 9}}},
                 {TEST, 1, false, &kernels});
    CHECK_EQ(run.param(0).shape(), (Shape{1, 1, 2, 2}));
    CHECK(values_of(run.param(0).data()) == Values({2, 0, 0, 3}));
    CHECK(values_of(run.param(1).data()) == Values({1, 0, 0, 4}));
    CHECK(values_of(run.param(2).data()) == Values({-1, 0, 0, -1}));
    set_values(run.param(0).data(), {2, 1, 0.5f, 3});
    set_values(run.param(2).data(), {-1, 0.2f, 0.4f, -2});
    run.forward();
    float x[2] = {1, 2};
    for (int step = 0; step < 2; ++step) {
      const float q = 1 / (1 + std::exp(x[1] - x[0])), r = 1 - q;
      const float sums[2] = {2 * q + r + q, 0.5f * q + 3 * r + 4 * r};
      x[0] = 0.5f + sums[0] - 0.2f * sums[1];
      x[1] = -1 - 0.4f * sums[0] + 2 * sums[1];
    }
    CHECK_CLOSE(run.out(), {x[0], x[1]});
  });
}

TEST(meanfield_takes_each_item_with_its_own_image) {
  const std::string text = meanfield("num_iterations: 2 " + kThetas);
  const Values unary = distinct_values(2 * 2 * 6, 1), images = distinct_values(2 * 3 * 6, 2);
  LayerRun both(text, {{{2, 2, 2, 3}, unary}, {{2, 2, 2, 3}, unary}, {{2, 3, 2, 3}, images}});
  both.forward();
  Values one_by_one;
  for (size_t n = 0; n < 2; ++n) {
    const Values item(unary.begin() + 12 * n, unary.begin() + 12 * n + 12);
    const Values colours(images.begin() + 18 * n, images.begin() + 18 * n + 18);
    LayerRun single(text, {{{1, 2, 2, 3}, item}, {{1, 2, 2, 3}, item}, {{1, 3, 2, 3}, colours}});
    single.forward();
    const Values out = single.out();
    one_by_one.insert(one_by_one.end(), out.begin(), out.end());
  }
  CHECK_CLOSE(both.out(), one_by_one);
}

TEST(meanfield_works_at_another_size_and_on_no_items) {
  LayerRun run(meanfield("num_iterations: 2 " + kThetas),
               {{{1, 2, 2, 3}, {}}, {{1, 2, 2, 3}, {}}, {{1, 3, 2, 3}, {}}});
  run.forward();
  const Values first = run.out();
  for (const Shape& size : {Shape{1, 2, 5, 4}, Shape{0, 2, 5, 4}, Shape{1, 2, 0, 4}}) {
    run.bottom(0).reshape(size);
    run.bottom(1).reshape(size);
    run.bottom(2).reshape({size[0], 3, size[2], size[3]});
    run.forward();
    run.backward();
    CHECK_EQ(run.top(0).shape(), size);
    CHECK_EQ(run.bottom_diff().size(), static_cast<size_t>(size.count()));
  }
}

TEST(meanfield_older_fields_stand_for_all_classes) {
  const NetParameter net = read_net_text(
      "layers { name: 'crf' type: MULTI_STAGE_MEANFIELD bottom: 'u' bottom: 'q' bottom: 'data' "
      "top: 'pred' blobs_lr: 10000 blobs_lr: 10000 blobs_lr: 1000 multi_stage_meanfield_param { "
      "num_iterations: 10 compatibility_mode: POTTS threshold: 2 theta_alpha: 160 theta_beta: 3 "
      "theta_gamma: 3 spatial_filter_weight: 3 bilateral_filter_weight: 5 } }");
  const LayerParameter& layer = net.layer.at(0);
  CHECK_EQ(layer.type, std::string("MultiStageMeanfield"));
  CHECK_EQ(layer.multi_stage_meanfield_param->bilateral_filter_weight, 5.0f);
  LayerRun run(meanfield("num_iterations: 10 spatial_filter_weight: 3 bilateral_filter_weight: 5 " +
                         kThetas),
               {{{1, 2, 1, 1}, {}}, {{1, 2, 1, 1}, {}}, {{1, 3, 1, 1}, {}}});
  CHECK(values_of(run.param(0).data()) == Values({3, 0, 0, 3}));
  CHECK(values_of(run.param(1).data()) == Values({5, 0, 0, 5}));
}

TEST(meanfield_that_cannot_be_made) {
  const auto made = [](const std::string& fields, const std::vector<Shape>& shapes) {
    LayerRun(meanfield(fields), {{shapes[0], {}}, {shapes[1], {}}, {shapes[2], {}}});
  };
  const std::vector<Shape> good = {{1, 2, 2, 3}, {1, 2, 2, 3}, {1, 3, 2, 3}};
  CHECK_FAILS(Status::kInvalidArgument, "num_iterations is 1",
              made("num_iterations: 1 " + kThetas, good));
  CHECK_FAILS(Status::kInvalidArgument, "theta_beta is 0",
              made("num_iterations: 2 theta_alpha: 1 theta_beta: 0 theta_gamma: 1", good));
  const std::string two = "num_iterations: 2 " + kThetas;
  CHECK_FAILS(Status::kInvalidArgument, "has 1 numbers",
              made(two + " spatial_filter_weights_str: '3'", good));
  CHECK_FAILS(Status::kInvalidArgument, "has 0 numbers",
              made(two + " bilateral_filter_weights_str: 'x'", good));
  CHECK_FAILS(Status::kShape, "\"data\" has shape", made(two, {{2, 2, 3}, good[1], good[2]}));
  CHECK_FAILS(Status::kShape, "\"label\" has shape", made(two, {good[0], {1, 2, 2, 2}, good[2]}));
  CHECK_FAILS(Status::kShape, "\"bottom2\" has shape", made(two, {good[0], good[1], {1, 1, 2, 3}}));

  LayerRun run(meanfield(two), {{good[0], {}}, {good[1], {}}, {good[2], {}}});
  set_values(run.bottom(2).data(), Values(18, std::numeric_limits<float>::quiet_NaN()));
  CHECK_FAILS(Status::kInvalidArgument, "\"bottom2\"", run.forward());
  for (size_t i = 0; i < 2; ++i) run.bottom(i).reshape({1, 3, 2, 3});
  CHECK_FAILS(Status::kShape, "2 classes", run.forward());
}

const GradientCases gradients{
    {meanfield("num_iterations: 2 spatial_filter_weights_str: '1 2' "
               "bilateral_filter_weights_str: '0.5 1' " +
               kThetas),
     {{1, 2, 3, 2}, {1, 2, 3, 2}, {1, 3, 3, 2}},
     2,
     0,
     TRAIN,
     1,
     {{2, image(6)}}},
    {meanfield("num_iterations: 3 " + kThetas),
     {{2, 3, 1, 2}, {2, 3, 1, 2}, {2, 3, 1, 2}},
     2,
     0,
     TEST,
     1,
     {{2, image(4)}}},
};

}  // namespace
}  // namespace caffe::test
