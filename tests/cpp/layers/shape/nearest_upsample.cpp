// Upsample of one bottom: each value several times.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string upsample(const std::string& fields) {
  return "type: 'Upsample' upsample_param { " + fields + " }";
}

TEST(upsample_of_one_bottom_repeats_values) {
  LayerRun run(upsample("scale: 2"), {{{1, 1, 1, 2}, {1, 2}}});
  run.forward();
  CHECK_CLOSE(run.out(), {1, 1, 2, 2, 1, 1, 2, 2});
  CHECK_EQ(LayerRun(upsample(""), {{{1, 1, 3, 2}, {}}}).top(0).shape(), Shape({1, 1, 3, 2}));
  CHECK_FAILS(Status::kInvalidArgument, "scale must be at least 1, not 0",
              LayerRun(upsample("scale: 0"), {{{1, 1, 3, 2}, {}}}));
  CHECK_FAILS(Status::kUnsupported, "with one bottom upsample_param.upsample_h is not supported",
              LayerRun(upsample("upsample_h: 4 upsample_w: 4"), {{{1, 1, 2, 2}, {}}}));
  CHECK_FAILS(Status::kShape, "must have 4 axes", LayerRun(upsample(""), {{{1, 3, 2}, {}}}));
}

const GradientCases gradients{
    {upsample("scale: 3"), {{-1, -1, -1, -1}}},
};

}  // namespace
}  // namespace caffe::test
