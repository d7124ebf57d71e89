// Reshape and Flatten share what they are given.
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(reshape_and_flatten_share_values_and_gradients) {
  for (const char* text :
       {"type: 'Flatten'", "type: 'Reshape' reshape_param { shape { dim: 0 dim: -1 } }"}) {
    LayerRun run(text, {{{1, 2, 2}, {1, 2, 3, 4}}});
    run.forward();
    CHECK_EQ(run.top(0).shape(), Shape({1, 4}));
    CHECK_CLOSE(run.out(), {1, 2, 3, 4});
    run.set_top_diff(0, {5, 6, 7, 8});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(), {5, 6, 7, 8});
  }
}

}  // namespace
}  // namespace caffe::test
