// MVN: by hand, and of bottoms with any number of axes.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(mvn_by_hand) {
  on_every_backend([](Kernels& kernels) {
    const auto run = [&](const std::string& fields) {
      LayerRun layer("type: 'MVN' mvn_param { " + fields + " }", {{{1, 2, 2}, {1, 3, 5, 7}}},
                     {TEST, 1, false, &kernels});
      layer.forward();
      CHECK_EQ(layer.top(0).shape(), (Shape{1, 2, 2, 1}));
      return layer.out();
    };
    CHECK_CLOSE(run("eps: 1"), {-0.5f, 0.5f, -0.5f, 0.5f});
    CHECK_CLOSE(run("normalize_variance: false"), {-1, 1, -1, 1});
    CHECK_CLOSE(run("normalize_variance: false across_channels: true"), {-3, -1, 1, 3});
    const float std = std::sqrt(5.0f);
    CHECK_CLOSE(run("across_channels: true"), {-3 / std, -1 / std, 1 / std, 3 / std});
  });
}

TEST(mvn_shapes) {
  LayerRun volume("type: 'MVN'", {{{2, 3, 2, 2, 2}, {}}});
  CHECK_EQ(volume.top(0).shape(), (Shape{2, 3, 2, 2, 2}));
  LayerRun line("type: 'MVN'", {{{3}, {1, 2, 3}}});
  line.forward();
  CHECK_EQ(line.top(0).shape(), (Shape{3, 1, 1, 1}));
  CHECK_CLOSE(line.out(), {0, 0, 0});
  LayerRun none("type: 'MVN'", {{{0, 3, 2, 2}, {}}});
  none.forward();
  none.backward();
  CHECK_EQ(none.top(0).count(), int64_t{0});
}

const GradientCases gradients{
    {"type: 'MVN'", {{-1, -1, 3, 4}}},
    {"type: 'MVN' mvn_param { across_channels: true }", {{-1, 2, 8}}},
    {"type: 'MVN' mvn_param { normalize_variance: false }", {{-1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
