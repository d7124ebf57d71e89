// How long something takes, as a status line shows it.
#include "tool/status_line.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

TEST(clocks_are_short) {
  CHECK_EQ(clock_text(5.9), "0:05");
  CHECK_EQ(clock_text(125), "2:05");
  CHECK_EQ(clock_text(3723), "1:02:03");
  CHECK_EQ(clock_text(360000), "100:00:00");
}

}  // namespace
}  // namespace caffe::tool
