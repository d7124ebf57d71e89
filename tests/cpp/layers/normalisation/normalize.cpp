// Normalize: at each place or over the image, with each fork's scale.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(normalize_by_hand) {
  on_every_backend([](Kernels& kernels) {
    const auto run = [&](const std::string& fields) {
      LayerRun layer("type: 'Normalize' norm_param { " + fields + " }", {{{1, 2, 2}, {3, 1, 4, 0}}},
                     {TEST, 1, false, &kernels});
      if (layer.param(0).count() == 2) set_values(layer.param(0).data(), {10, 100});
      layer.forward();
      return layer.out();
    };
    CHECK_CLOSE(run("across_spatial: false"), {0.6f, 1, 0.8f, 0});
    CHECK_CLOSE(run("across_spatial: false channel_shared: false"), {6, 10, 80, 0});
    CHECK_CLOSE(run("eps: 10 scale_filler { value: 6 }"), {3, 1, 4, 0});
    CHECK_CLOSE(run("eps: 10 channel_shared: false"), {5, 10.0f / 6, 400.0f / 6, 0});
  });
}

TEST(normalize_by_one_scale_of_any_shape) {
  LayerRun run("type: 'Normalize' norm_param { across_spatial: false scale_filler { value: 2 } }",
               {{{1, 2, 1, 1}, {3, 4}}});
  run.param(0).reshape({1});
  run.forward();
  CHECK_CLOSE(run.out(), {1.2f, 1.6f});
  run.set_top_diff(0, {1, 1});
  run.backward();
  CHECK_CLOSE(values_of(run.param(0).diff()), {1.4f});
}

// Neighbouring places are done some at a time.
TEST(normalize_many_places) {
  const int64_t places = 130;
  Values x(static_cast<size_t>(2 * places));
  for (size_t i = 0; i < x.size(); ++i) x[i] = i < 130 ? 3 * (1.0f + i) : 4 * (i - 129.0f);
  LayerRun run("type: 'Normalize' norm_param { across_spatial: false }", {{{1, 2, places}, x}});
  run.forward();
  Values expected(130, 0.6f);
  expected.resize(260, 0.8f);
  CHECK_CLOSE(run.out(), expected);
}

TEST(normalize_zeros) {
  LayerRun run("type: 'Normalize' norm_param { across_spatial: false eps: 0.25 }",
               {{{1, 2, 1}, {0, 0}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 0});
  run.set_top_diff(0, {1, 2});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {2, 4});
}

TEST(normalize_in_place) {
  check_in_place("type: 'Normalize'", {{{2, 3, 2}, {}}});
  check_in_place("type: 'Normalize' norm_param { across_spatial: false channel_shared: false }",
                 {{{2, 3, 2}, {}}});
}

TEST(normalize_trains_its_scale_as_the_fork_says) {
  const auto learns = [](const std::string& fields, const std::string& dialect) {
    RunOptions options;
    options.dialect = dialect;
    return LayerRun("type: 'Normalize' norm_param { " + fields + " }", {{{1, 2}, {}}}, options)
        .layer()
        .learns(0);
  };
  CHECK(learns("", ""));
  CHECK(learns("", "ssd"));
  CHECK(!learns("", "fcn"));
  CHECK(learns("fix_scale: false", "fcn"));
  CHECK(!learns("fix_scale: true", ""));
}

TEST(normalize_nothing_and_what_does_not_fit) {
  for (const char* across : {"true", "false"}) {
    LayerRun none(
        str("type: 'Normalize' norm_param { channel_shared: false across_spatial: ", across, " }"),
        {{{2, 3, 0}, {}}});
    none.forward();
    none.backward();
    CHECK_CLOSE(none.param_diff(0), {0, 0, 0});
    none.bottom(0).reshape({2, 4, 1});
    CHECK_FAILS(Status::kShape, "must have 3 channels", none.forward());
  }
  CHECK_FAILS(Status::kShape, "at least 2 axes", LayerRun("type: 'Normalize'", {{{3}, {}}}));
}

const GradientCases gradients{
    {"type: 'Normalize' norm_param { eps: 0.1 scale_filler { value: 2 } }", {{-1, -1, -1}}},
    {"type: 'Normalize' norm_param { eps: 0.1 channel_shared: false }", {{-1, -1, -1}}},
    {"type: 'Normalize' norm_param { eps: 0.1 across_spatial: false }", {{-1, -1, -1}}},
    {"type: 'Normalize' norm_param { eps: 0.1 across_spatial: false channel_shared: false }",
     {{-1, -1, 2, -1}}},
};

}  // namespace
}  // namespace caffe::test
