// InfogainLoss: by hand, with the identity, and matrices that do not fit.
#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/loss/loss_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const Values kIdentity = {1, 0, 0, 1};
const Values kGains = {1, 0.5f, 0, 0, 2, 0.25f, 0.5f, 0, 1};

TEST(infogain_loss_with_the_identity_is_the_softmax_loss) {
  const Values scores = {1, 3, -2, 0.5f}, labels = {1, 0};
  on_every_backend([&](Kernels& kernels) {
    LayerRun gain =
        ran("InfogainLoss'", {{{2, 2}, scores}, {{2}, labels}, {{2, 2}, kIdentity}}, &kernels, 2);
    LayerRun plain = ran("SoftmaxWithLoss'", {{{2, 2}, scores}, {{2}, labels}}, &kernels, 2);
    CHECK_CLOSE(gain.out(0), plain.out(0));
    CHECK_CLOSE(gain.out(1), plain.out(1));
    CHECK_CLOSE(gain.bottom_diff(), plain.bottom_diff());
  });
}

TEST(infogain_loss_by_hand) {
  LayerRun run = ran("InfogainLoss' loss_param { normalization: NONE }",
                     {{{1, 2}, {0, 0}}, {{1}, {1}}, {{2, 2}, {9, 9, 2, 1}}});
  CHECK_NEAR(run.out()[0], 3 * std::log(2.0), 1e-5, 0);
  CHECK_CLOSE(run.bottom_diff(), {-0.5f, 0.5f});
}

TEST(infogain_loss_of_ignored_labels_only_is_0) {
  LayerRun run = ran("InfogainLoss' loss_param { ignore_label: 255 }",
                     {{{2, 2}, {1, 2, 3, 4}}, {{2}, {255, 255}}, {{2, 2}, kIdentity}});
  CHECK_CLOSE(run.out(), {0});
  CHECK_CLOSE(run.bottom_diff(), {0, 0, 0, 0});
}

TEST(infogain_loss_rejects_what_does_not_fit) {
  const std::vector<Input> two = {{{2, 2}, {}}, {{2}, {0, 1}}};
  const auto made = [](std::vector<Input> inputs, const Input& matrix) {
    inputs.push_back(matrix);
    return LayerRun("type: 'InfogainLoss'", inputs);
  };
  CHECK_FAILS(Status::kInvalidArgument, "the matrix must be given",
              LayerRun("type: 'InfogainLoss'", two));
  CHECK_FAILS(
      Status::kIo, "none.binaryproto",
      LayerRun("type: 'InfogainLoss' infogain_loss_param { source: 'none.binaryproto' }", two));
  CHECK_FAILS(Status::kShape, "has 9 values; wanted is a matrix of 2 x 2", made(two, {{3, 3}, {}}));
  LayerRun run = made(two, {{2, 2}, {}});
  run.forward();
  CHECK_FAILS(Status::kUnsupported, "have no gradient", run.backward({false, false, true}));
  CHECK_FAILS(Status::kUnsupported, "holds labels", run.backward({false, true, false}));
  CHECK_FAILS(Status::kInvalidArgument, "holds the label 2",
              made({{{2, 2}, {}}, {{2}, {0, 2}}}, {{2, 2}, {}}).forward());
}

const GradientCases gradients{
    {.text = "type: 'InfogainLoss'",
     .shapes = {{3, 3, 2}, {3, 2}, {1, 1, 3, 3}},
     .classes = 3,
     .given = {{2, kGains}}},
    {.text = "type: 'InfogainLoss' infogain_loss_param { axis: -1 } "
             "loss_param { ignore_label: 1 normalization: FULL }",
     .shapes = {{2, 2, 3}, {2, 2}, {3, 3}},
     .classes = 3,
     .given = {{2, kGains}}},
};

}  // namespace
}  // namespace caffe::test
