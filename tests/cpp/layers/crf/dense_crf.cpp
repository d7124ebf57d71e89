// DenseCRF: one pixel by hand, true sizes, whose meaning is meant.
#include <cmath>
#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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
