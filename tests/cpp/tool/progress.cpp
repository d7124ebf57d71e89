#include "tool/progress.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

TEST(progress_says_loss_rate_and_time_left) {
  CHECK_EQ(progress_text(100, 300, 0.25f, 10),
           "Iteration 100/300  loss 0.25  10 iter/s  0:20 left");
  CHECK_EQ(progress_text(300, 300, 1.0f, 10), "Iteration 300/300  loss 1  10 iter/s");
}

}  // namespace
}  // namespace caffe::tool
