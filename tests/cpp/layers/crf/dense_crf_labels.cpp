// DenseCRF as DeepLab has it: labels.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

}  // namespace
}  // namespace caffe::test
