// ShuffleChannel: the channels of groups, one of each in turn.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(shuffle_channel_by_hand) {
  LayerRun run("type: 'ShuffleChannel' shuffle_channel_param { group: 2 }",
               {{{1, 6, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11});
  run.set_top_diff(0, run.out());
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST(shuffle_channel_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& group, const Shape& shape = {1, 6}) {
    LayerRun("type: 'ShuffleChannel' shuffle_channel_param { group: " + group + " }",
             {{shape, {}}});
  };
  CHECK_FAILS(Status::kShape, "group: 4 must be at least 1 and divide the channels", made("4"));
  CHECK_FAILS(Status::kShape, "group: 0 must be at least 1", made("0"));
  CHECK_FAILS(Status::kShape, "divide the channels", made("1", {6}));
}

const GradientCases gradients{
    {"type: 'ShuffleChannel' shuffle_channel_param { group: 3 }", {{-1, 6, -1}}},
};

}  // namespace
}  // namespace caffe::test
