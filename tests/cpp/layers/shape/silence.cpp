// Silence: no top, and zeros for a gradient.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(silence_gives_zeros_where_a_gradient_is_wanted) {
  LayerRun run("type: 'Silence'", {{{2}, {}}, {{2}, {}}}, {TRAIN, 0});
  run.forward();
  set_values(run.bottom(0).diff(), {7, 7});
  set_values(run.bottom(1).diff(), {7, 7});
  run.backward({false, true});
  CHECK_CLOSE(run.bottom_diff(0), {7, 7});
  CHECK_CLOSE(run.bottom_diff(1), {0, 0});
}

}  // namespace
}  // namespace caffe::test
