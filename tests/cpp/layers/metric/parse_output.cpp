// ParseOutput: the first of equal classes.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(parse_output_takes_the_first_of_equals) {
  LayerRun run("type: 'ParseOutput'", {{{1, 3, 1, 3}, {1, 5, 2, 3, 5, 2, 3, 4, 2}}}, {TEST, 2});
  run.forward();
  CHECK_EQ(run.top(1).shape(), Shape({1, 1, 1, 3}));
  CHECK_CLOSE(run.out(0), {1, 0, 0});
  CHECK_CLOSE(run.out(1), {3, 5, 2});
  CHECK_FAILS(Status::kUnsupported, "has no gradient", run.backward());
  CHECK_FAILS(Status::kShape, "must be N x C x H x W",
              LayerRun("type: 'ParseOutput'", {{{2, 0, 3}, {}}}));
}

}  // namespace
}  // namespace caffe::test
