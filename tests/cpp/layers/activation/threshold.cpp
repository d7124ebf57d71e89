// Threshold: a step, without a gradient.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(threshold_steps) {
  LayerRun run("type: 'Threshold' threshold_param { threshold: 1 }", {{{3}, {0, 1, 2}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 0, 1});
  CHECK_FAILS(Status::kUnsupported, "a layer of type Threshold has no gradient", run.backward());
}

}  // namespace
}  // namespace caffe::test
