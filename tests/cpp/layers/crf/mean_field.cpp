// layers/crf/lattice.cpp, layers/crf/mean_field.cpp and the layers of that folder
#include <cmath>
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "layers/crf/mean_field.hpp"
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

// The features of a grid of `height` x `width` pixels, `step` standard deviations apart.
Values grid(int64_t height, int64_t width, float step) {
  Values features;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      features.insert(features.end(), {static_cast<float>(x) * step, static_cast<float>(y) * step});
    }
  }
  return features;
}

TEST(lattice_is_nearly_a_gaussian) {
  const Values features = grid(12, 12, 0.4f);
  const PermutohedralLattice lattice(features.data(), 144, 2);
  const Values in = distinct_values(144, 9), ones(144, 1);
  Values out(144), sums(144);
  lattice.filter(in.data(), 1, out.data());
  lattice.filter(ones.data(), 1, sums.data());
  for (size_t p = 0; p < 144; ++p) {
    double expected = 0, total = 0;
    for (size_t q = 0; q < 144; ++q) {
      const double dx = features[2 * p] - features[2 * q];
      const double dy = features[2 * p + 1] - features[2 * q + 1];
      const double weight = std::exp(-(dx * dx + dy * dy) / 2);
      expected += weight * in[q];
      total += weight;
    }
    // The values lie within 3.6 of 0.
    CHECK_NEAR(out[p] / sums[p], expected / total, 0, 0.2);
  }
}

TEST(lattice_transposed_is_the_adjoint) {
  const int64_t points = 30, channels = 2;
  for (const int dimensions : {1, 2, 5}) {
    Values features = distinct_values(points * dimensions, 3);
    for (float& each : features) each *= 2;
    const PermutohedralLattice lattice(features.data(), points, dimensions);
    const Values x = distinct_values(points * channels, 1),
                 y = distinct_values(points * channels, 2);
    Values filtered(x.size()), back(x.size());
    lattice.filter(x.data(), channels, filtered.data());
    lattice.filter_transposed(y.data(), channels, back.data());
    double left = 0, right = 0, size = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      left += double{y[i]} * filtered[i];
      right += double{back[i]} * x[i];
      size += std::fabs(double{y[i]} * filtered[i]);
    }
    CHECK_NEAR(left, right, 0, 1e-5 * size);
  }
}

TEST(lattice_refuses_features_that_have_no_place) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {nan, -std::numeric_limits<float>::infinity(), 1e9f}) {
    const Values features = {0, 1, bad, 2};
    CHECK_FAILS(Status::kInvalidArgument, "not finite or too large",
                PermutohedralLattice(features.data(), 2, 2));
  }
  PermutohedralLattice(nullptr, 0, 2).filter(nullptr, 3, nullptr);
}

TEST(kernel_of_pixels_keeps_what_is_the_same_everywhere) {
  const PixelView view{5, 7, 7, 35};
  const Values colours = distinct_values(3 * 35, 5), in(35, 2.5f);
  for (const PixelKernel& kernel :
       {PixelKernel::of_places(view, 2, 3),
        PixelKernel::of_places_and_colours(view, 4, 4, colours.data(), {0.3f, 0.3f, 0.5f})}) {
    Values out(35);
    kernel.apply(in.data(), 1, out.data());
    CHECK_CLOSE(out, in);
  }
}

TEST(pixel_rows_of_a_part_of_an_image) {
  const Values planes = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};  // 2 x 2 x 3
  const PixelView view{2, 2, 3, 6};
  const Values rows = pixel_rows(planes.data(), view, 2);
  CHECK(rows == Values({1, 10, 2, 20, 4, 40, 5, 50}));
  Values back(12, -1);
  put_pixel_rows(rows.data(), view, 2, back.data());
  CHECK(back == Values({1, 2, -1, 4, 5, -1, 10, 20, -1, 40, 50, -1}));
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

std::string dense_crf(const std::string& fields) {
  return "type: 'DenseCRF' dense_crf_param { " + fields + " }";
}

TEST(dense_crf_of_one_pixel_by_hand) {
  for (const bool probability : {true, false}) {
    LayerRun run(dense_crf(str("max_iter: 2 pos_w: 0.5 pos_xy_std: 3 bi_w: 1 bi_xy_std: 4 "
                               "bi_rgb_std: 5 output_probability: ",
                               probability ? "true" : "false")),
                 {{{1, 2, 1, 1}, {1, -1}}, {{1, 2}, {1, 1}}, {{1, 3, 1, 1}, {9, 8, 7}}});
    run.forward();
    float q = 1 / (1 + std::exp(-2.0f));
    for (int step = 0; step < 2; ++step) q = 1 / (1 + std::exp(-2 - 1.5f * (q - (1 - q))));
    const Values expected = {q, 1 - q};
    CHECK_CLOSE(run.out(), probability ? expected : Values({std::log(q), std::log(1 - q)}));
  }
}

TEST(dense_crf_looks_at_the_true_size_only) {
  const std::string text = dense_crf("max_iter: 0 pos_w: 1 pos_xy_std: 1");
  LayerRun run(text, {{{1, 2, 2, 3}, Values(12)}, {{1, 2}, {1, 2}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0.5f, 0.5f, 0, 0, 0, 0, 0.5f, 0.5f, 0, 0, 0, 0});
  run.set_bottom(1, {1, 100});
  run.forward();
  CHECK_CLOSE(run.out(), {0.5f, 0.5f, 0.5f, 0, 0, 0, 0.5f, 0.5f, 0.5f, 0, 0, 0});
  run.set_bottom(1, {0, 3});
  run.forward();
  CHECK_CLOSE(run.out(), Values(12));
  for (const float bad : {-1.0f, std::numeric_limits<float>::quiet_NaN()}) {
    run.set_bottom(1, {2, bad});
    CHECK_FAILS(Status::kInvalidArgument, "which is no size", run.forward());
  }
}

TEST(dense_crf_labels) {
  const Values scores = {5, 5, -5, 5, 5, 5, 0, 0, 1, 0, 0, 0};  // 2 x 2 x 3
  const std::vector<Input> inputs = {{{1, 2, 2, 3}, scores}, {{1, 3, 2, 3}, Values(18, 100)}};
  // The one pixel that differs gives way to its neighbours, unless the kernels weigh nothing.
  LayerRun smooth("type: 'DenseCRF'", inputs);
  smooth.forward();
  CHECK_EQ(smooth.top(0).shape(), (Shape{1, 1, 2, 3}));
  CHECK(smooth.out() == Values(6));
  LayerRun plain("type: 'DenseCRF' densecrf_param { wt_gauss: 0 wt_bilateral: 0 }", inputs);
  plain.forward();
  CHECK(plain.out() == Values({0, 0, 1, 0, 0, 0}));
}

TEST(dense_crf_meanings) {
  const Input scores{{1, 2, 2, 3}, {}}, sizes{{1, 2}, {2, 3}}, images{{1, 3, 2, 3}, {}};
  const auto classes = [](const std::string& text, const std::vector<Input>& inputs) {
    return LayerRun(text, inputs).top(0).dim(1);
  };
  CHECK_EQ(classes("type: 'DenseCRF'", {scores, images}), int64_t{1});
  CHECK_EQ(classes("type: 'DenseCRF' densecrf_param { }", {scores, images}), int64_t{1});
  CHECK_EQ(classes(dense_crf("bi_w: 1 bi_xy_std: 1 bi_rgb_std: 1"), {scores, sizes, images}),
           int64_t{2});
  CHECK_EQ(classes(dense_crf("max_iter: 1"), {scores, sizes}), int64_t{2});
}

TEST(dense_crf_that_cannot_be_made) {
  const auto made = [](const std::string& text, const std::vector<Shape>& shapes) {
    std::vector<Input> inputs;
    for (const Shape& shape : shapes) inputs.push_back({shape, {}});
    LayerRun(text, inputs);
  };
  const Shape scores{1, 2, 2, 3}, sizes{1, 2}, images{1, 3, 2, 3};
  const std::string colours = "bi_w: 1 bi_xy_std: 1 bi_rgb_std: 1";
  CHECK_FAILS(Status::kInvalidArgument, "pos_xy_std and pos_w belong together",
              made(dense_crf("pos_w: 1"), {scores, sizes}));
  CHECK_FAILS(Status::kInvalidArgument, "bi_rgb_std and bi_w",
              made(dense_crf("bi_w: 1 bi_xy_std: 1"), {scores, sizes, images}));
  CHECK_FAILS(Status::kInvalidArgument, "bi_xy_std is 0",
              made(dense_crf("bi_w: 1 bi_xy_std: 0 bi_rgb_std: 1"), {scores, sizes, images}));
  CHECK_FAILS(Status::kInvalidArgument, "max_iter is -1",
              made(dense_crf("max_iter: -1"), {scores, sizes}));
  CHECK_FAILS(Status::kInvalidArgument, "go together", made(dense_crf(colours), {scores, sizes}));
  CHECK_FAILS(Status::kInvalidArgument, "go together",
              made(dense_crf(""), {scores, sizes, images}));
  CHECK_FAILS(Status::kShape, "\"data\" has shape", made(dense_crf(""), {{2, 3}, sizes}));
  CHECK_FAILS(Status::kShape, "rows and columns", made(dense_crf(""), {scores, {2, 2}}));
  CHECK_FAILS(Status::kShape, "\"bottom2\" has shape",
              made(dense_crf(colours), {scores, sizes, {1, 1, 2, 3}}));
  CHECK_FAILS(Status::kShape, "\"label\" has shape",
              made("type: 'DenseCRF'", {scores, {1, 3, 3, 3}}));
  CHECK_FAILS(Status::kUnsupported, "dense_crf_param.x_gauss is not supported",
              made(dense_crf("x_gauss: 3"), {scores, sizes}));
  CHECK_FAILS(Status::kUnsupported, "densecrf_param.max_iter is not supported",
              made("type: 'DenseCRF' densecrf_param { max_iter: 5 }", {scores, images}));
  CHECK_FAILS(Status::kInvalidArgument, "g_bilateral is 0",
              made("type: 'DenseCRF' densecrf_param { g_bilateral: 0 }", {scores, images}));
}

}  // namespace
}  // namespace caffe::test
